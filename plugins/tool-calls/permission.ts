import { BearerError } from '../../lib/errors.ts'
import { toolGroups, commonGroups, scopeOf } from '../../tools/scopes.ts'
import type { Tool } from '../../tools/tool.ts'
import type { Credential } from '../auth/index.ts'

/**
 * Throws BearerError 403 when a new authorization can help: the client may have the scope, but the
 * person did not grant it. One challenge names all scopes that the client then needs.
 */
export function requireScope(
  tool: Pick<Tool, 'name' | 'groups'>,
  { kind, principal, grantable }: Credential
): void {
  if (kind !== 'oauth' || tool.groups.some((group) => principal.groups.has(group))) return
  const missingGroup = tool.groups.find((group) => grantable.has(group))
  if (!missingGroup) return
  const neededGroups = commonGroups(
    new Set(toolGroups.filter((group) => principal.groups.has(group) || group === missingGroup)),
    grantable
  )
  throw new BearerError(
    403,
    'insufficient_scope',
    `${tool.name} needs the scope mcp:${missingGroup}.`,
    { scope: scopeOf(neededGroups) }
  )
}

/**
 * Why this principal may not call the tool, and what a person can change. Where more scope can
 * help, requireScope answers before.
 */
export function explainRefusal(tool: Tool, { kind, principal, grantable }: Credential): string {
  if (tool.groups.some((group) => principal.groups.has(group))) {
    return (
      `Your account may only read, and ${tool.name} writes. ` +
      'Ask the administrator for another role.'
    )
  }
  if (kind === 'api_key') {
    const scopeNames = tool.groups.map((group) => `mcp:${group}`).join(' or ')
    return `This API key does not cover ${tool.name}; create one whose scope has ${scopeNames}.`
  }
  return tool.groups.some((group) => grantable.has(group))
    ? `${tool.name} was not granted to this app; connect the app again and allow it.`
    : `This app is not registered for ${tool.name}; ` +
        'an administrator can widen the scope of the client.'
}
