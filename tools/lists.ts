import type { ToolList } from '../db/schema/index.ts'
import { allTools } from './index.ts'
import { isCodingClient } from './coding-clients.ts'
import { codingNames, essentialNames } from './list-names.ts'
import { scopeValues } from './scopes.ts'
import type { Principal, Tool } from './tool.ts'

const listedNames: Readonly<Record<ToolList, (name: string) => boolean>> = {
  essential: (name) => essentialNames.includes(name),
  coding: (name) => essentialNames.includes(name) || codingNames.includes(name),
  everything: () => true
}

/** The lists that a person can choose for an app, and that one gets by itself. */
export const toolLists: Readonly<Record<ToolList, ReadonlySet<Tool>>> = {
  essential: listOf('essential'),
  coding: listOf('coding'),
  everything: listOf('everything')
}

function listOf(list: ToolList): ReadonlySet<Tool> {
  return new Set(allTools.filter(({ name }) => listedNames[list](name)))
}

/** Whether a list is a short one: it holds nothing but what the short lists hold. */
export function isShortList(tools: Iterable<Tool>): boolean {
  return [...tools].every((tool) => toolLists.coding.has(tool))
}

/**
 * The list for a client whose person and whose URL choose none. `scope` is what was granted, and
 * `clientName` what the client calls itself. A credential that covers no memories lists all that it
 * covers, because Essential would leave nothing of it.
 */
export function automaticList(
  { permissions, scope = '' }: Pick<Principal, 'permissions' | 'scope'>,
  clientName?: string
): ToolList {
  if (!permissions.has('memory:read')) return 'everything'
  const namesCoding = scopeValues(scope).some((value) => /^mcp:coding(:read)?$/.test(value))
  return namesCoding || isCodingClient(clientName) ? 'coding' : 'essential'
}
