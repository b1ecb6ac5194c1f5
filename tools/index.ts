import { chatgptTools } from './chatgpt/index.ts'
import { codeTools } from './code/index.ts'
import { codingTools } from './coding/index.ts'
import { graphTools } from './graph/index.ts'
import { memoryTools } from './memory/index.ts'
import { roleAllows } from './scopes.ts'
import { textSimilarity } from '../lib/similarity.ts'
import type { Principal, Tool } from './tool.ts'
import type { WebProvider } from '../domain/web/access.ts'
import { webTools } from './web/index.ts'

/** Every tool, in the order in which it is listed. */
export const tools: readonly Tool[] = [
  ...chatgptTools,
  ...memoryTools,
  ...graphTools,
  ...codingTools,
  ...codeTools,
  ...webTools
]

const byName = new Map(tools.map((tool) => [tool.name, tool]))

/** By its name, or with the older prefix kagura_tool_. */
export function findTool(name: string): Tool | undefined {
  return byName.get(name.replace(/^kagura_tool_/, ''))
}

/**
 * What this principal may list and call here: covered by its scope, allowed by the user's role,
 * with all that it needs set up.
 */
export function toolsFor({ groups, role }: Principal, providers: ReadonlySet<WebProvider>): Tool[] {
  return tools.filter(
    (tool) =>
      tool.groups.some((group) => groups.has(group)) &&
      roleAllows(role, tool) &&
      isSetUp(tool, providers)
  )
}

export function isSetUp({ needs = [] }: Tool, providers: ReadonlySet<WebProvider>): boolean {
  return needs.every((provider) => providers.has(provider))
}

/** Names that are offered for one that there is not, and how alike they must be. */
const MAX_OFFERED = 3
const MIN_SIMILARITY = 0.5

/**
 * There is no such tool: which of those that the caller has are nearest, and where all are listed.
 */
export function unknownTool(name: string, among: readonly Tool[]): string {
  const written = name.slice(0, 64)
  const near = among
    .map((tool) => ({ name: tool.name, alike: likeness(written, tool.name) }))
    .filter(({ alike }) => alike >= MIN_SIMILARITY)
    .sort((a, b) => b.alike - a.alike)
    .slice(0, MAX_OFFERED)
  const advice = near.length > 0 ? ` Did you mean ${near.map((tool) => tool.name).join(', ')}?` : ''
  return `There is no tool "${written}".${advice} All tools are in tools/list (GET /api/v1/tools).`
}

/** The words of a name may stand in another order: store_memory is memory_store. */
function likeness(written: string, name: string): number {
  const sorted = (text: string) =>
    text
      .toLowerCase()
      .replace(/^kagura_tool_/, '')
      .split(/[^a-z\d]+|(?<=[a-z])(?=[A-Z])/)
      .sort()
      .join('_')
  return Math.max(
    textSimilarity(written.replace(/^kagura_tool_/, ''), name),
    textSimilarity(sorted(written.replace(/(?<=[a-z])(?=[A-Z])/g, '_')), sorted(name))
  )
}
