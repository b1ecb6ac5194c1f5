import { chatgptTools } from './chatgpt/index.ts'
import { codeTools } from './code/index.ts'
import { codingTools } from './coding/index.ts'
import { guideTool } from './guide.ts'
import { graphTools } from './graph/index.ts'
import { memoryTools } from './memory/index.ts'
import { neededPermissions, roleAllows } from './scopes.ts'
import { textSimilarity } from '../lib/similarity.ts'
import type { Principal, Tool } from './tool.ts'
import type { WebProvider } from '../domain/web/access.ts'
import { webTools } from './web/index.ts'

/** Every tool, in the order in which it is listed. */
export const allTools: readonly Tool[] = [
  ...chatgptTools,
  ...memoryTools,
  guideTool(toolsFor),
  ...graphTools,
  ...codingTools,
  ...codeTools,
  ...webTools
]

const toolsByName = new Map(allTools.map((tool) => [tool.name, tool]))

/** The tool of that name. Older clients put kagura_tool_ before it. */
export function findTool(name: string): Tool | undefined {
  return toolsByName.get(name.replace(/^kagura_tool_/, ''))
}

/** The tools that a principal may list and call. */
export function toolsFor(principal: Principal, providers: ReadonlySet<WebProvider>): Tool[] {
  return allTools.filter((tool) => mayCall(tool, principal, providers))
}

/**
 * Whether a principal may list and call a tool: its scope and the limits that the owner set cover
 * it, the user's role allows it, and what it needs is set up.
 */
export function mayCall(
  tool: Tool,
  { permissions, role, namespaces }: Principal,
  providers: ReadonlySet<WebProvider>
): boolean {
  return (
    neededPermissions(tool).some((permission) => permissions.has(permission)) &&
    roleAllows(role, tool) &&
    !(tool.wholePersonOnly && namespaces) &&
    isSetUp(tool, providers)
  )
}

export function isSetUp({ needs = [] }: Tool, providers: ReadonlySet<WebProvider>): boolean {
  return needs.every((provider) => providers.has(provider))
}

/** Names suggested for an unknown one, and how similar they must be. */
const MAX_OFFERED = 3
const MIN_SIMILARITY = 0.5

/** The error text for an unknown tool, with similar names among the tools of the caller. */
export function unknownTool(name: string, among: readonly Tool[]): string {
  const writtenName = name.slice(0, 64)
  const nearTools = among
    .map((tool) => ({ name: tool.name, alike: nameSimilarity(writtenName, tool.name) }))
    .filter(({ alike }) => alike >= MIN_SIMILARITY)
    .sort((a, b) => b.alike - a.alike)
    .slice(0, MAX_OFFERED)
  const advice =
    nearTools.length > 0 ? ` Did you mean ${nearTools.map((tool) => tool.name).join(', ')}?` : ''
  return (
    `There is no tool "${writtenName}".${advice} ` +
    'All tools are in tools/list (GET /api/v1/tools).'
  )
}

/** 0 to 1. The order of the words does not matter: store_memory equals memory_store. */
function nameSimilarity(written: string, name: string): number {
  const sortedWords = (text: string) =>
    text
      .toLowerCase()
      .replace(/^kagura_tool_/, '')
      .split(/[^a-z\d]+|(?<=[a-z])(?=[A-Z])/)
      .sort()
      .join('_')
  return Math.max(
    textSimilarity(written.replace(/^kagura_tool_/, ''), name),
    textSimilarity(sortedWords(written.replace(/(?<=[a-z])(?=[A-Z])/g, '_')), sortedWords(name))
  )
}
