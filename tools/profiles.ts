import type { TObject } from 'typebox'
import type { ToolList } from '../db/schema/index.ts'
import { findTool, allTools } from './index.ts'
import { neededPermissions, permissionsOf, scopesSupported, type ToolGroup } from './scopes.ts'
import { limitInput } from './input/namespaces.ts'
import type { Principal, Tool } from './tool.ts'

/** The tools to remember and to find again. */
const coreTools = [
  'search',
  'fetch',
  'memory_store',
  'memory_recall',
  'memory_search',
  'memory_update',
  'memory_delete',
  'memory_list'
]
const ofGroup = (group: ToolGroup) => (tool: Tool) => tool.groups.includes(group)

/**
 * The tools that `?profile=` lists. A profile only shortens the list: scope and role alone decide
 * what a client may call.
 */
export const toolProfiles: Readonly<Record<string, (tool: Tool) => boolean>> = {
  core: ({ name }) => coreTools.includes(name),
  memory: ofGroup('memory'),
  coding: ofGroup('coding'),
  web: ofGroup('web'),
  full: () => true
}

/** The profiles of the tool lists that a person can choose for an app. */
export const toolListProfiles: Readonly<Record<ToolList, string>> = {
  essential: 'core',
  coding: 'core,coding',
  everything: 'full'
}

/** `?profile=` or `?tools=` has an unknown name. The message lists the known ones. */
export class UnknownChoiceError extends Error {}

const MAX_PARAMETERS = 100

/**
 * The tools that `?profile=` and `?tools=` of a URL choose, comma-separated or repeated: the union
 * of all profiles and tools in them. `fallback` has the profiles of a URL with neither. Throws
 * UnknownChoice.
 */
export function chosenTools(url: string, fallback: string): ReadonlySet<Tool> {
  const query = new URLSearchParams(/\?(.*)/s.exec(url)?.[1])
  if (query.size > MAX_PARAMETERS) throw new UnknownChoiceError('Too many parameters.')
  const namedTools = splitNames(query.getAll('tools')).map(
    (name) =>
      findTool(name) ??
      refuseChoice(
        'tool',
        name,
        allTools.map((tool) => tool.name)
      )
  )
  const profileNames = splitNames(query.getAll('profile'))
  if (namedTools.length + profileNames.length === 0) profileNames.push(...splitNames([fallback]))
  const profileTests = profileNames.map((name) =>
    Object.hasOwn(toolProfiles, name)
      ? toolProfiles[name]!
      : refuseChoice('profile', name, Object.keys(toolProfiles))
  )
  return new Set(
    allTools.filter((tool) => namedTools.includes(tool) || profileTests.some((test) => test(tool)))
  )
}

/** Whether a URL chooses tools. It counts more than what the person chose for the app. */
export function choosesTools(url: string): boolean {
  const query = new URLSearchParams(/\?(.*)/s.exec(url)?.[1])
  return splitNames([...query.getAll('tools'), ...query.getAll('profile')]).length > 0
}

function splitNames(values: string[]): string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter(Boolean)
}

function refuseChoice(what: string, name: string, known: string[]): never {
  throw new UnknownChoiceError(
    `There is no ${what} "${name.slice(0, 64)}". There are: ${known.join(', ')}.`
  )
}

/** A tool as MCP lists it, for a caller that may be bound to namespaces. */
export function listedTool(
  { name, title, description, input, output, annotations }: Tool,
  caller: Pick<Principal, 'namespaces'> = {}
) {
  return {
    name,
    title,
    description,
    inputSchema: compactInput(limitInput(input, caller)),
    outputSchema: outlineSchema(output),
    annotations
  }
}

/**
 * An input schema in fewer characters. It drops the pattern of free-form objects, and minLength of
 * optional texts, where "" means that the argument is absent.
 */
function compactInput(input: TObject): object {
  const requiredNames = (input.required as string[] | undefined) ?? []
  const properties = Object.entries(input.properties as Record<string, object>).map(
    ([name, schema]) => {
      const { patternProperties, minLength, ...rest } = schema as {
        patternProperties?: Record<string, object>
        minLength?: number
      }
      const isFree = JSON.stringify(patternProperties) === '{"^.*$":{}}'
      const keptSchema = {
        ...rest,
        ...(requiredNames.includes(name) && minLength !== undefined && { minLength }),
        ...(!isFree && patternProperties && { patternProperties })
      }
      return [name, keptSchema]
    }
  )
  return { ...input, properties: Object.fromEntries(properties) }
}

/** Objects nested deeper than this appear without their properties. */
const OUTLINE_DEPTH = 2

/**
 * An output schema in fewer characters: without descriptions and required lists, and open, so that
 * later versions may add properties.
 */
function outlineSchema(schema: unknown, depth = 0): unknown {
  if (Array.isArray(schema) || typeof schema !== 'object' || schema === null) return schema
  const { properties, items, patternProperties, description, ...rest } = schema as Record<
    string,
    unknown
  > & { properties?: Record<string, unknown> }
  if (properties === undefined) {
    return items === undefined ? rest : { ...rest, items: outlineSchema(items, depth) }
  }
  if (depth >= OUTLINE_DEPTH) return { type: 'object' }
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, outlineSchema(value, depth + 1)])
    )
  }
}

/** The length of a profile's tools/list answer, in characters. */
export function listSize(profile: string): number {
  return JSON.stringify(allTools.filter(toolProfiles[profile]!).map((tool) => listedTool(tool)))
    .length
}

/** The scopes that each cover the tool, the widest last. */
export function scopesFor(tool: Tool): string[] {
  const needed = neededPermissions(tool)
  return scopesSupported
    .filter((scope) => needed.some((permission) => permissionsOf(scope).has(permission)))
    .toSorted((first, second) => permissionsOf(first).size - permissionsOf(second).size)
}
