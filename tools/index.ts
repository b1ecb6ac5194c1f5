import { chatgptTools } from './chatgpt/index.ts'
import { codeTools } from './coding/code/index.ts'
import { codingTools } from './coding/index.ts'
import { graphTools } from './graph/index.ts'
import { memoryTools } from './memory/index.ts'
import { roleAllows } from './scopes.ts'
import type { Principal, Tool } from './tool.ts'

/** Every tool, in the order in which it is listed. */
export const tools: readonly Tool[] = [...chatgptTools, ...memoryTools, ...graphTools, ...codingTools, ...codeTools]

const byName = new Map(tools.map((tool) => [tool.name, tool]))

/** By its name, or with the older prefix kagura_tool_. */
export function findTool (name: string): Tool | undefined {
  return byName.get(name.replace(/^kagura_tool_/, ''))
}

/** What this principal may list and call: covered by its scope, allowed by the user's role. */
export function toolsFor ({ groups, role }: Principal): Tool[] {
  return tools.filter((tool) => tool.groups.some((group) => groups.has(group)) && roleAllows(role, tool))
}
