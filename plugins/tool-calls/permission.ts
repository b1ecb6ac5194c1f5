import { groups, intersection, scopeOf } from '../../tools/scopes.ts'
import type { Tool } from '../../tools/tool.ts'
import type { Credential } from '../auth/index.ts'
import { BearerError } from '../../lib/errors.ts'

/**
 * 403 where asking again can help: the client may have the scope, it was only not granted. All that
 * is needed, in one challenge. Throws BearerError.
 */
export function requireScope(
  tool: Pick<Tool, 'name' | 'groups'>,
  { kind, principal, grantable }: Credential
): void {
  if (kind !== 'oauth' || tool.groups.some((group) => principal.groups.has(group))) return
  const missing = tool.groups.find((group) => grantable.has(group))
  if (!missing) return
  const needed = intersection(
    new Set(groups.filter((group) => principal.groups.has(group) || group === missing)),
    grantable
  )
  throw new BearerError(403, 'insufficient_scope', `${tool.name} needs the scope mcp:${missing}.`, {
    scope: scopeOf(needed)
  })
}

/**
 * Why a tool is not this principal's: what a person would have to change. Asking for more scope is
 * requireScope's answer where it can help.
 */
export function whyNot(tool: Tool, { kind, principal, grantable }: Credential): string {
  if (tool.groups.some((group) => principal.groups.has(group))) {
    return `Your account may only read, and ${tool.name} writes. Ask the administrator for another role.`
  }
  if (kind === 'api_key') {
    return `This API key does not cover ${tool.name}; make one whose scope has ${tool.groups.map((group) => `mcp:${group}`).join(' or ')}.`
  }
  return tool.groups.some((group) => grantable.has(group))
    ? `${tool.name} was not granted to this app; connect the app again and allow it.`
    : `This app is not registered for ${tool.name}; an administrator can widen the scope of the client.`
}
