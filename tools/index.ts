import { chatgptTools } from './chatgpt/index.ts'
import { codeTools } from './coding/code/index.ts'
import { codingTools } from './coding/index.ts'
import { graphTools } from './graph/index.ts'
import { memoryTools } from './memory/index.ts'
import { roleAllows } from './scopes.ts'
import type { Principal, Tool } from './tool.ts'
import type { Provider } from './web/access.ts'
import { webTools } from './web/index.ts'

/** Every tool, in the order in which it is listed. */
export const tools: readonly Tool[] = [...chatgptTools, ...memoryTools, ...graphTools, ...codingTools, ...codeTools, ...webTools]

const byName = new Map(tools.map((tool) => [tool.name, tool]))

/** By its name, or with the older prefix kagura_tool_. */
export function findTool (name: string): Tool | undefined {
  return byName.get(name.replace(/^kagura_tool_/, ''))
}

/** What this principal may list and call here: covered by its scope, allowed by the user's role, with all that it needs set up. */
export function toolsFor ({ groups, role }: Principal, providers: ReadonlySet<Provider>): Tool[] {
  return tools.filter((tool) => tool.groups.some((group) => groups.has(group)) && roleAllows(role, tool) && isSetUp(tool, providers))
}

export function isSetUp ({ needs = [] }: Tool, providers: ReadonlySet<Provider>): boolean {
  return needs.every((provider) => providers.has(provider))
}
