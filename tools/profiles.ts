import type { TObject } from 'typebox'
import { findTool, tools } from './index.ts'
import { type Group, groups } from './scopes.ts'
import type { Tool } from './tool.ts'

/** Enough to remember and to find again. */
const core = [
  'search',
  'fetch',
  'memory_store',
  'memory_recall',
  'memory_search',
  'memory_update',
  'memory_delete',
  'memory_list'
]
const ofGroup = (group: Group) => (tool: Tool) => tool.groups.includes(group)

/**
 * What `?profile=` chooses of the tools. It shortens lists; what may be called is decided by scope
 * and role alone.
 */
export const profiles: Readonly<Record<string, (tool: Tool) => boolean>> = {
  core: ({ name }) => core.includes(name),
  memory: ofGroup('memory'),
  coding: ofGroup('coding'),
  web: ofGroup('web'),
  full: () => true
}

/** A choice names something that there is not; the message says what there is. */
export class UnknownChoice extends Error {}

const MAX_PARAMETERS = 100

/**
 * The tools that `?profile=` and `?tools=` of a URL choose, comma-separated or repeated: the union
 * of all profiles and tools in them. `fallback` is the profile of a URL with neither. Throws
 * UnknownChoice.
 */
export function chosenTools(url: string, fallback: string): ReadonlySet<Tool> {
  const query = new URLSearchParams(/\?(.*)/s.exec(url)?.[1])
  if (query.size > MAX_PARAMETERS) throw new UnknownChoice('Too many parameters.')
  const named = listOf(query.getAll('tools')).map(
    (name) =>
      findTool(name) ??
      unknown(
        'tool',
        name,
        tools.map((tool) => tool.name)
      )
  )
  const wanted = listOf(query.getAll('profile'))
  if (named.length + wanted.length === 0) wanted.push(fallback)
  const tests = wanted.map((name) =>
    Object.hasOwn(profiles, name)
      ? profiles[name]!
      : unknown('profile', name, Object.keys(profiles))
  )
  return new Set(tools.filter((tool) => named.includes(tool) || tests.some((test) => test(tool))))
}

function listOf(values: string[]): string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter(Boolean)
}

function unknown(what: string, name: string, known: string[]): never {
  throw new UnknownChoice(
    `There is no ${what} "${name.slice(0, 64)}". There are: ${known.join(', ')}.`
  )
}

/** A tool as MCP lists it. */
export function listed({ name, title, description, input, output, annotations }: Tool) {
  return {
    name,
    title,
    description,
    inputSchema: plain(input),
    outputSchema: outline(output),
    annotations
  }
}

/**
 * The same schema in fewer characters: a member of any name may be anything, and "" for an optional
 * text means that it is left out.
 */
function plain(input: TObject): object {
  const required = (input.required as string[] | undefined) ?? []
  const properties = Object.entries(input.properties as Record<string, object>).map(
    ([name, schema]) => {
      const { patternProperties, minLength, ...rest } = schema as {
        patternProperties?: Record<string, object>
        minLength?: number
      }
      const isFree = JSON.stringify(patternProperties) === '{"^.*$":{}}'
      const kept = {
        ...rest,
        ...(required.includes(name) && minLength !== undefined && { minLength }),
        ...(!isFree && patternProperties && { patternProperties })
      }
      return [name, kept]
    }
  )
  return { ...input, properties: Object.fromEntries(properties) }
}

/** Deeper objects in an answer are told as objects only. */
const TOLD_DEPTH = 2

/**
 * What an answer looks like, in few characters: open, so that later versions may add to it; without
 * words, and without what may be missing.
 */
function outline(schema: unknown, depth = 0): unknown {
  if (Array.isArray(schema) || typeof schema !== 'object' || schema === null) return schema
  const { properties, items, patternProperties, description, ...rest } = schema as Record<
    string,
    unknown
  > & { properties?: Record<string, unknown> }
  if (properties === undefined) {
    return items === undefined ? rest : { ...rest, items: outline(items, depth) }
  }
  if (depth >= TOLD_DEPTH) return { type: 'object' }
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, outline(value, depth + 1)])
    )
  }
}

/** Characters that a profile takes of an answer to tools/list. */
export function listSize(profile: string): number {
  return JSON.stringify(tools.filter(profiles[profile]!).map(listed)).length
}

/** The scopes of which any one covers the tool, the widest last. */
export function scopesFor(tool: Tool): string[] {
  return [
    ...groups.filter((group) => tool.groups.includes(group)).map((group) => `mcp:${group}`),
    'mcp:tools'
  ]
}
