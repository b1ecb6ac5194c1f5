import type { Role } from '../db/schema/index.ts'

/** Scopes are sets of tool groups; `mcp:tools` is all of them. */
export const groups = ['memory', 'coding', 'graph', 'web'] as const
export type Group = (typeof groups)[number]

/** What each group lets a client do, in words for the person who decides. */
export const groupTexts: Record<Group, { title: string; text: string }> = {
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

/** What is left of a group for a person whose account may only read. */
const readOnlyTexts: Partial<Record<Group, string>> = {
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

/** The boxes of these groups, in words that are true for the role of the person who decides. */
export function groupBoxes(of: Iterable<Group>, role: Role): GroupBox[] {
  return [...of].map((group) => {
    const { title, text } = groupTexts[group]
    const readOnly = role === 'read_only' ? readOnlyTexts[group] : undefined
    return { scope: `mcp:${group}`, title, text: readOnly ?? text }
  })
}

export const scopesSupported = ['mcp:tools', ...groups.map((group) => `mcp:${group}`)]
export const defaultScope = 'mcp:tools mcp:memory mcp:coding'

/** The scope values of a string, each once, in order (RFC 6749 §3.3). */
export function scopeValues(scope: string): string[] {
  return [...new Set(scope.split(' ').filter(Boolean))]
}

/** The tool groups that a scope covers; values we do not know cover nothing. */
export function groupsOf(scope: string): Set<Group> {
  const values = scopeValues(scope)
  return new Set(
    groups.filter((group) => values.includes('mcp:tools') || values.includes(`mcp:${group}`))
  )
}

/** The groups as scope values: `mcp:tools` when all are there. */
export function scopeOf(covered: ReadonlySet<Group>): string {
  return covered.size === groups.length
    ? 'mcp:tools'
    : groups
        .filter((group) => covered.has(group))
        .map((group) => `mcp:${group}`)
        .join(' ')
}

/** What is in every one of the sets. */
export function intersection(
  first: ReadonlySet<Group>,
  ...others: ReadonlySet<Group>[]
): Set<Group> {
  return new Set([...first].filter((group) => others.every((other) => other.has(group))))
}

/**
 * `scope` narrowed to what `limit` covers: unchanged when it all fits, otherwise its groups by
 * name. `mcp:tools` narrowed by `mcp:memory` is `mcp:memory`.
 */
export function narrowScope(scope: string, limit: string): string {
  const asked = groupsOf(scope)
  const left = intersection(asked, groupsOf(limit))
  const known = scopeValues(scope).filter((value) => scopesSupported.includes(value))
  return left.size === asked.size ? known.join(' ') : scopeOf(left)
}

/** What a role may do with a tool: read_only people get the tools that only read. */
export function roleAllows(role: Role, tool: { annotations: { readOnlyHint: boolean } }): boolean {
  return role !== 'read_only' || tool.annotations.readOnlyHint
}
