import type { Principal, Tool } from './tool.ts'
import { roleAllows } from './scopes.ts'
export const tools: readonly Tool[] = []
export function findTool (name: string): Tool | undefined { return tools.find((tool) => tool.name === name.replace(/^kagura_tool_/, '')) }
export function toolsFor (principal: Principal): Tool[] { return tools.filter((tool) => tool.groups.some((group) => principal.groups.has(group)) && roleAllows(principal.role, tool)) }
