import type { Role } from '../db/schema/index.ts'

/** Scopes are sets of tool groups; `mcp:tools` is all of them. */
export const toolGroups = ['memory', 'coding', 'graph', 'web'] as const
export type ToolGroup = (typeof toolGroups)[number]

/** What each group lets a client do, as the person who decides reads it. */
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

/** The same for an account that may only read. */
const readOnlyTexts: Partial<Record<ToolGroup, string>> = {
  memory: 'Search and read what is remembered for you.',
  coding: 'Read what was recorded of your coding work (files, errors, decisions).',
  graph: 'See how memories relate.'
}

/** A box to tick, as consent page and key form show it. */
export interface GroupBox {
  scope: string
  title: string
  text: string
}

/** The boxes of these groups, worded for the role of the person who decides. */
export function groupBoxes(groups: Iterable<ToolGroup>, role: Role): GroupBox[] {
  return [...groups].map((group) => {
    const { title, text } = groupTexts[group]
    const readOnly = role === 'read_only' ? readOnlyTexts[group] : undefined
    return { scope: `mcp:${group}`, title, text: readOnly ?? text }
  })
}

export const scopesSupported = ['mcp:tools', ...toolGroups.map((group) => `mcp:${group}`)]
export const defaultScope = 'mcp:tools mcp:memory mcp:coding'

/** The scope values of a string, each once, in order (RFC 6749 §3.3). */
export function scopeValues(scope: string): string[] {
  return [...new Set(scope.split(' ').filter(Boolean))]
}

/** The tool groups that a scope covers. Unknown values cover nothing. */
export function groupsOf(scope: string): Set<ToolGroup> {
  const scopeNames = scopeValues(scope)
  return new Set(
    toolGroups.filter(
      (group) => scopeNames.includes('mcp:tools') || scopeNames.includes(`mcp:${group}`)
    )
  )
}

/** The groups as scope values: `mcp:tools` when all are there. */
export function scopeOf(covered: ReadonlySet<ToolGroup>): string {
  return covered.size === toolGroups.length
    ? 'mcp:tools'
    : toolGroups
        .filter((group) => covered.has(group))
        .map((group) => `mcp:${group}`)
        .join(' ')
}

/** The groups that are in every set. */
export function commonGroups(
  first: ReadonlySet<ToolGroup>,
  ...others: ReadonlySet<ToolGroup>[]
): Set<ToolGroup> {
  return new Set([...first].filter((group) => others.every((groupSet) => groupSet.has(group))))
}

/**
 * `scope` narrowed to what `limit` covers: unchanged when it all fits, otherwise its groups by
 * name. `mcp:tools` narrowed by `mcp:memory` is `mcp:memory`.
 */
export function narrowScope(scope: string, limit: string): string {
  const requestedGroups = groupsOf(scope)
  const coveredGroups = commonGroups(requestedGroups, groupsOf(limit))
  const knownValues = scopeValues(scope).filter((value) => scopesSupported.includes(value))
  return coveredGroups.size === requestedGroups.size
    ? knownValues.join(' ')
    : scopeOf(coveredGroups)
}

/** What a role may do with a tool: read_only people get the tools that only read. */
export function roleAllows(role: Role, tool: { annotations: { readOnlyHint: boolean } }): boolean {
  return role !== 'read_only' || tool.annotations.readOnlyHint
}
