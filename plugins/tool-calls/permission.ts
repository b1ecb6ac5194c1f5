import { BearerError } from '../../lib/errors.ts'
import { commonGroups, neededPermissions, permissionsOf, scopeOf } from '../../tools/scopes.ts'
import type { Tool } from '../../tools/tool.ts'
import type { Credential } from '../auth/index.ts'

/** What a scope is needed for: a tool, or what resources and prompts do. */
export type ScopedWork = Pick<Tool, 'name' | 'groups'> & {
  annotations: Pick<Tool['annotations'], 'readOnlyHint'>
}

/**
 * Throws BearerError 403 when a new authorization can help: the client may have the scope, but the
 * person did not grant it. One challenge names all scopes that the client then needs. Limits that
 * the person set do not count here, because no authorization changes them.
 */
export function requireScope(
  work: ScopedWork,
  { kind, granted, grantable }: Pick<Credential, 'kind' | 'granted' | 'grantable'>
): void {
  const needed = neededPermissions(work)
  if (kind !== 'oauth' || needed.some((permission) => granted.has(permission))) return
  const missing = needed.find((permission) => grantable.has(permission))
  if (!missing) return
  const missingScope = scopeOf(new Set([missing]))
  const neededScope = commonGroups(new Set([...granted, ...permissionsOf(missingScope)]), grantable)
  throw new BearerError(
    403,
    'insufficient_scope',
    `${work.name} needs the scope ${missingScope}.`,
    { scope: scopeOf(neededScope) }
  )
}

/**
 * Why this principal may not call the tool, and what a person can change. Where more scope can
 * help, requireScope answers before.
 */
export function explainRefusal(tool: Tool, credential: Credential): string {
  const { kind, principal, grantable, granted } = credential
  const needed = neededPermissions(tool)
  const isCovered = needed.some((permission) => principal.permissions.has(permission))
  if (isCovered && tool.wholePersonOnly && principal.namespaces) {
    return explainLimit(tool, credential)
  }
  if (isCovered) {
    return (
      `Your account may only read, and ${tool.name} writes. ` +
      'Ask the administrator for another role.'
    )
  }
  if (needed.some((permission) => granted.has(permission))) return explainLimit(tool, credential)
  if (kind === 'api_key') {
    const scopeNames = tool.groups.map((group) => `mcp:${group}`).join(' or ')
    return `This API key does not cover ${tool.name}; create one whose scope has ${scopeNames}.`
  }
  return needed.some((permission) => grantable.has(permission))
    ? `${tool.name} was not granted to this app; connect the app again and allow it.`
    : `This app is not registered for ${tool.name}; ` +
        'an administrator can widen the scope of the client.'
}

/** The owner narrowed the app or the key: it may only read, or is bound to namespaces. */
function explainLimit(tool: Tool, { kind, limits }: Credential): string {
  const subject = kind === 'api_key' ? 'This API key' : 'This app'
  const change = 'The owner can change that under Apps & keys.'
  if (limits.access === 'read' && !tool.annotations.readOnlyHint) {
    return `${subject} may only read, and ${tool.name} writes. ${change}`
  }
  if (limits.groups !== null && !tool.groups.some((group) => limits.groups!.includes(group))) {
    return (
      `The owner took ${tool.name} away from this ${kind === 'api_key' ? 'key' : 'app'}. ` + change
    )
  }
  return (
    `${subject} may only use the memories of its namespaces, and ${tool.name} has none. ` + change
  )
}
