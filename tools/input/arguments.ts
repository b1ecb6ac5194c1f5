import type { TObject } from 'typebox'
import Value from 'typebox/value'
import { InvalidArgumentsError } from '../../lib/tool-error.ts'
import { JsonLimitError, refuseLargeJson } from '../../lib/json-limits.ts'
import { misspelled } from './unknown-arguments.ts'

/** Arguments of older clients, accepted and ignored: the credential decides who calls. */
const legacyArguments = ['user_id', 'agent_name']

/** Nothing that we take is nested deeper; the database would refuse it at some depth. */
const MAX_DEPTH = 32

/** Names that an answer repeats, and characters of each. */
const MAX_NAMED = 10
const MAX_NAME_LENGTH = 64

interface Schema {
  type?: string
  enum?: unknown[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
}

export interface ArgumentRules {
  input: TObject
  /** Arguments in which the tool itself judges NUL characters: part of them may be fine. */
  judgesNul?: readonly string[] | undefined
  /** Text arguments that also take any other JSON value, which is kept as its text. */
  jsonAsText?: readonly string[] | undefined
  /** Arguments for which null means "make it empty"; elsewhere null means "left out". */
  nullable?: readonly string[] | undefined
  /** Optional texts for which "" is a value, by their path, such as files.content. */
  emptyTexts?: readonly string[] | undefined
}

export interface ReadArguments {
  /** Converted to the types of the schema, not checked yet. */
  values: unknown
  /** Nullable arguments that are null. */
  emptied: string[]
  /** Names of arguments that the tool does not take. */
  ignored: string[]
}

/**
 * Reads arguments as clients really send them, for every tool and every door: null and "" are left
 * out, JSON in a text is parsed, a number in a text is a number, what the tool does not take is
 * ignored unless it looks like a misspelling. Throws InvalidArgumentsError.
 */
export function readArguments(args: unknown, rules: ArgumentRules): ReadArguments {
  const sent = clean(argumentsObject(args), rules.judgesNul) as Record<string, unknown>
  const schema = rules.input as unknown as Schema
  const { known, ignored } = sortOut(sent, schema)
  const emptied = Object.keys(known).filter(
    (name) => known[name] === null && rules.nullable?.includes(name)
  )
  const entries = Object.entries(known)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [
      name,
      readJson(schema.properties![name]!, value, rules.jsonAsText?.includes(name) ?? false)
    ])
  const present = withoutEmpty(schema, Object.fromEntries(entries), rules.emptyTexts ?? [], '')
  return {
    values: Value.Default(rules.input, Value.Convert(rules.input, present)),
    emptied,
    ignored
  }
}

/** "Ignored ...", to be shown with the answer; an empty text when nothing was ignored. */
export function ignoredNotice(toolName: string, ignored: readonly string[]): string {
  if (ignored.length === 0) return ''
  const more = ignored.length > MAX_NAMED ? ` and ${ignored.length - MAX_NAMED} more` : ''
  return `Ignored what ${toolName} does not take: ${ignored.slice(0, MAX_NAMED).map(short).join(', ')}${more}.`
}

/**
 * An object whatever form it came in: null and [] are none, a text is parsed as JSON. Throws
 * InvalidArgumentsError.
 */
function argumentsObject(args: unknown): Record<string, unknown> {
  const value = typeof args === 'string' ? parseText(args) : args
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) {
    return {}
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new InvalidArgumentsError(
      'The arguments must be a JSON object, such as {"query": "..."}. Correct them and call again.'
    )
  }
  return value as Record<string, unknown>
}

function parseText(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    refuseLargeJson(Buffer.from(text))
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof JsonLimitError) throw new InvalidArgumentsError(error.message)
    return text
  }
}

/**
 * The arguments as every database can hold them: halves of characters replaced. Throws
 * InvalidArgumentsError on NUL.
 */
function clean(value: unknown, judged: readonly string[] = [], depth = 0): unknown {
  if (depth > MAX_DEPTH) {
    throw new InvalidArgumentsError(
      `The arguments are nested more than ${MAX_DEPTH} levels deep. Flatten them, or send them as text.`
    )
  }
  if (typeof value === 'string') {
    if (value.includes('\0') && !judged.includes('*')) {
      throw new InvalidArgumentsError(
        'The arguments contain the NUL character (U+0000), which cannot be stored. Remove it and call again.'
      )
    }
    return value.replace(/\p{Surrogate}/gu, '\ufffd')
  }
  if (Array.isArray(value)) return value.map((item) => clean(item, judged, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const within = judged.includes(name) && depth === 0 ? ['*'] : judged
      return [clean(name) as string, clean(item, within, depth + 1)]
    })
  )
}

function sortOut(
  sent: Record<string, unknown>,
  { properties = {}, required = [] }: Schema
): { known: Record<string, unknown>; ignored: string[] } {
  const known = Object.entries(sent).filter(
    ([name, value]) => Object.hasOwn(properties, name) && value !== undefined
  )
  const unknown = Object.entries(sent).filter(
    ([name, value]) =>
      !Object.hasOwn(properties, name) &&
      !legacyArguments.includes(name) &&
      value !== undefined &&
      value !== null
  )
  const call = { properties: Object.keys(properties), required, given: known.map(([name]) => name) }
  for (const [name, value] of unknown) {
    const meant = misspelled({ name, value }, call)
    if (meant === undefined) continue
    throw new InvalidArgumentsError(
      `Invalid arguments: there is no ${short(name)}. Did you mean ${meant}? Correct it and call again.`
    )
  }
  return { known: Object.fromEntries(known), ignored: unknown.map(([name]) => name) }
}

function readJson(schema: Schema, value: unknown, asText: boolean): unknown {
  if (typeof value !== 'string') return asText ? JSON.stringify(value) : value
  if ((schema.type !== 'array' && schema.type !== 'object') || !/^\s*[[{]/.test(value)) return value
  const parsed = parseText(value)
  return typeof parsed === 'object' ? clean(parsed) : value
}

/** "" for an optional argument is left out at any depth, and so is a list of nothing but "". */
function withoutEmpty(
  schema: Schema,
  value: unknown,
  emptyTexts: readonly string[],
  path: string
): unknown {
  if (Array.isArray(value) && schema.items) {
    const { items } = schema
    const isText = items.properties === undefined
    return value
      .filter((item) => !(isText && isBlank(items, item)))
      .map((item) => withoutEmpty(items, item, emptyTexts, path))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !schema.properties) {
    return value
  }
  const kept: Array<[string, unknown]> = []
  for (const [name, member] of Object.entries(value)) {
    const inner = schema.properties[name]
    const place = path === '' ? name : `${path}.${name}`
    if (!inner || emptyTexts.includes(place)) kept.push([name, member])
    else if (!isLeftOut(inner, member, schema.required?.includes(name) ?? false)) {
      kept.push([name, withoutEmpty(inner, member, emptyTexts, place)])
    }
  }
  return Object.fromEntries(kept)
}

/** A required text stays, so that its own rule speaks; a required number must not become 0. */
function isLeftOut(schema: Schema, value: unknown, isRequired: boolean): boolean {
  const isText = schema.type === 'string' || schema.enum !== undefined
  if (isRequired) return !isText && isBlank(schema, value)
  if (Array.isArray(value) && schema.items && value.length > 0) {
    return value.every((item) => isBlank(schema.items!, item))
  }
  return isBlank(schema, value)
}

/** Blanks are no number, list or object; in a text they may be meant. */
function isBlank({ type }: Schema, value: unknown): boolean {
  return typeof value === 'string' && (type === 'string' ? value : value.trim()) === ''
}

function short(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH)
}
