import type { AccessLimits, Role } from '../db/schema/index.ts'

/** Groups of tools. A scope grants groups, wholly or for reading. */
export const toolGroups = ['memory', 'coding', 'graph', 'web'] as const
export type ToolGroup = (typeof toolGroups)[number]

/** `memory:read` covers the tools of a group that only read, `memory` the others. */
export type Permission = ToolGroup | `${ToolGroup}:read`
export const allPermissions: readonly Permission[] = toolGroups.flatMap((group) =>
  wholeGroup(group)
)

function wholeGroup(group: ToolGroup): Permission[] {
  return [`${group}:read`, group]
}

/** What each scope value grants. The tools of the web only read, so it has no value for that. */
const scopeTable: ReadonlyMap<string, readonly Permission[]> = new Map([
  ['mcp:tools', allPermissions],
  ...toolGroups.map((group) => [`mcp:${group}`, wholeGroup(group)] as const),
  ['mcp:tools:read', allPermissions.filter(isReading)],
  ...toolGroups
    .filter((group) => group !== 'web')
    .map((group) => [`mcp:${group}:read`, [`${group}:read`]] as [string, Permission[]])
])

function isReading(permission: Permission): boolean {
  return permission.endsWith(':read')
}

/**
 * What each group lets a client do. The pages have the same in two languages: `texts.apps.groups`.
 */
export const groupTexts: Record<ToolGroup, { title: string; text: string }> = {
  memory: {
    title: 'Memories',
    text: 'Save, search, change and delete what is remembered for you.'
  },
  coding: {
    title: 'Coding sessions',
    text: 'Record your coding work (files, errors, decisions) and read it back later.'
  },
  graph: {
    title: 'Memory links',
    text: 'See and change how memories relate, and learn from how you use them.'
  },
  web: { title: 'The web', text: 'Search the web and read pages by way of this server.' }
}

/** The same where the account or the app may only read. */
const readOnlyTexts: Partial<Record<ToolGroup, string>> = {
  memory: 'Search and read what is remembered for you.',
  coding: 'Read what was recorded of your coding work (files, errors, decisions).',
  graph: 'See how memories relate.'
}

/** A box to tick on the consent page and the key form, whose words are in the catalogues. */
export interface GroupBox {
  group: ToolGroup
  scope: string
  /** Whether the account or the app may only read. */
  readsOnly: boolean
}

/** The boxes of these groups, for the role of the person who decides. */
export function groupBoxes(groups: Iterable<ToolGroup>, role: Role): GroupBox[] {
  const readsOnly = role === 'read_only'
  return [...groups].map((group) => ({ group, scope: `mcp:${group}`, readsOnly }))
}

/** The boxes for what a scope asks for, one for each group. */
export function scopeBoxes(scope: string, role: Role): GroupBox[] {
  const permissions = permissionsOf(scope)
  return [...groupsOf(scope)].map((group) => ({
    group,
    scope: scopeOf(new Set(wholeGroup(group).filter((permission) => permissions.has(permission)))),
    readsOnly: role === 'read_only' || !permissions.has(group)
  }))
}

export const scopesSupported: readonly string[] = [...scopeTable.keys()]
/** What each scope value lets a client do, in words. */
export const scopeTexts: Readonly<Record<string, string>> = {
  'mcp:tools': 'Every tool.',
  ...Object.fromEntries(toolGroups.map((group) => [`mcp:${group}`, groupTexts[group].text])),
  'mcp:tools:read': 'Every tool that only reads.',
  ...Object.fromEntries(
    Object.entries(readOnlyTexts).map(([group, text]) => [`mcp:${group}:read`, text])
  )
}
export const defaultScope = 'mcp:tools mcp:memory mcp:coding'

/** The scope values of a string, each once, in order (RFC 6749 §3.3). */
export function scopeValues(scope: string): string[] {
  return [...new Set(scope.split(' ').filter(Boolean))]
}

/** What a scope permits. Unknown values permit nothing. */
export function permissionsOf(scope: string): Set<Permission> {
  return new Set(scopeValues(scope).flatMap((value) => scopeTable.get(value) ?? []))
}

/** The tool groups of which a scope covers anything, in their order. */
export function groupsOf(scope: string): Set<ToolGroup> {
  const permissions = permissionsOf(scope)
  return new Set(toolGroups.filter((group) => permissions.has(`${group}:read`)))
}

/** The permissions as scope values: `mcp:tools` when all are there. */
export function scopeOf(permissions: ReadonlySet<Permission>): string {
  if (toolGroups.every((group) => permissions.has(group))) return 'mcp:tools'
  const readsOnly = !toolGroups.some((group) => permissions.has(group))
  if (readsOnly && allPermissions.filter(isReading).every((reading) => permissions.has(reading))) {
    return 'mcp:tools:read'
  }
  return toolGroups.flatMap((group) => groupScope(group, permissions)).join(' ')
}

function groupScope(group: ToolGroup, permissions: ReadonlySet<Permission>): string[] {
  if (permissions.has(group)) return [`mcp:${group}`]
  if (!permissions.has(`${group}:read`)) return []
  return [group === 'web' ? 'mcp:web' : `mcp:${group}:read`]
}

/** What is in every set. */
export function commonGroups<P extends Permission>(
  first: ReadonlySet<P>,
  ...others: ReadonlySet<Permission>[]
): Set<P> {
  return new Set([...first].filter((member) => others.every((set) => set.has(member))))
}

/**
 * `scope` narrowed to what `limit` covers: unchanged when it all fits, otherwise its groups by
 * name. `mcp:tools` narrowed by `mcp:memory` is `mcp:memory`.
 */
export function narrowScope(scope: string, limit: string): string {
  const requested = permissionsOf(scope)
  const covered = commonGroups(requested, permissionsOf(limit))
  const knownValues = scopeValues(scope).filter((value) => scopesSupported.includes(value))
  return covered.size === requested.size ? knownValues.join(' ') : scopeOf(covered)
}

/** Groups whose data belongs to namespaces. */
const namespacedGroups: readonly ToolGroup[] = ['memory', 'graph']

/** What is left of the permissions within the limits that a person set. */
export function limitPermissions(
  permissions: ReadonlySet<Permission>,
  { access, namespaces, beyond_namespaces: mayGoBeyond, groups }: AccessLimits
): Set<Permission> {
  const keptGroups = namespaces === null || mayGoBeyond ? toolGroups : namespacedGroups
  return new Set(
    keptGroups
      .filter((group) => groups === null || groups.includes(group))
      .flatMap((group) => wholeGroup(group))
      .filter((permission) => permissions.has(permission))
      .filter((permission) => access === 'full' || isReading(permission))
  )
}

/** The scope that counts within the limits that a person set: unchanged when it all fits. */
export function limitScope(scope: string, limits: AccessLimits): string {
  const permissions = permissionsOf(scope)
  const limited = limitPermissions(permissions, limits)
  return limited.size === permissions.size ? scope : scopeOf(limited)
}

/** What a call of a tool needs: any one of these. */
export function neededPermissions({
  groups,
  annotations
}: {
  groups: readonly ToolGroup[]
  annotations: { readOnlyHint: boolean }
}): Permission[] {
  return groups.map((group) => (annotations.readOnlyHint ? (`${group}:read` as const) : group))
}

/** What a role may do with a tool: read_only people get the tools that only read. */
export function roleAllows(role: Role, tool: { annotations: { readOnlyHint: boolean } }): boolean {
  return role !== 'read_only' || tool.annotations.readOnlyHint
}
