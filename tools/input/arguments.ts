import type { TObject } from 'typebox'
import Value from 'typebox/value'
import { InvalidArgumentsError } from '../../lib/tool-error.ts'
import { JsonLimitError, refuseLargeJson } from '../../lib/json-limits.ts'
import { intendedArgument } from './unknown-arguments.ts'

/** Arguments of older clients, accepted and ignored: the credential decides who calls. */
const legacyArguments = ['user_id', 'agent_name']

/** No tool needs deeper nesting, and the database refuses JSON beyond some depth. */
const MAX_DEPTH = 32

/** How many ignored names an answer repeats, and how many characters of each. */
const MAX_NAMED = 10
const MAX_NAME_LENGTH = 64

interface ArgumentSchema {
  type?: string
  enum?: unknown[]
  properties?: Record<string, ArgumentSchema>
  required?: string[]
  items?: ArgumentSchema
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

/** Values of arguments that were left out, in place of the defaults of the schema. */
export type ArgumentDefaults = Readonly<Record<string, unknown>>

export interface ReadArguments {
  /** Converted to the types of the schema, not checked yet. */
  values: unknown
  /** Nullable arguments that are null. */
  emptied: string[]
  /** Names of arguments that the tool does not take. */
  ignored: string[]
}

/**
 * Reads arguments as clients really send them. Drops null and "", parses JSON and numbers in a
 * text, and ignores unknown arguments unless they look misspelled. Throws InvalidArgumentsError.
 */
export function readArguments(
  args: unknown,
  rules: ArgumentRules,
  defaults: ArgumentDefaults = {}
): ReadArguments {
  const sentArguments = cleanValue(argumentsObject(args), rules.judgesNul) as Record<
    string,
    unknown
  >
  const inputSchema = rules.input as unknown as ArgumentSchema
  const { known, ignored } = separateArguments(sentArguments, inputSchema)
  const emptiedNames = Object.keys(known).filter(
    (name) => known[name] === null && rules.nullable?.includes(name)
  )
  const knownEntries = Object.entries(known)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [
      name,
      readJson(inputSchema.properties![name]!, value, rules.jsonAsText?.includes(name) ?? false)
    ])
  const presentArguments = withoutEmpty(
    inputSchema,
    Object.fromEntries(knownEntries),
    rules.emptyTexts ?? [],
    ''
  )
  return {
    values: Value.Default(
      rules.input,
      Value.Convert(rules.input, { ...defaults, ...(presentArguments as object) })
    ),
    emptied: emptiedNames,
    ignored
  }
}

/** The notice to show with the answer; empty when nothing was ignored. */
export function ignoredNotice(toolName: string, ignored: readonly string[]): string {
  if (ignored.length === 0) return ''
  const moreText = ignored.length > MAX_NAMED ? ` and ${ignored.length - MAX_NAMED} more` : ''
  const names = ignored.slice(0, MAX_NAMED).map(shortenName).join(', ')
  return `Ignored what ${toolName} does not take: ${names}${moreText}.`
}

/**
 * The arguments as an object. null and [] count as no arguments, and a text is parsed as JSON.
 * Throws InvalidArgumentsError.
 */
function argumentsObject(args: unknown): Record<string, unknown> {
  const parsedArguments = typeof args === 'string' ? parseText(args) : args
  if (
    parsedArguments === undefined ||
    parsedArguments === null ||
    (Array.isArray(parsedArguments) && parsedArguments.length === 0)
  ) {
    return {}
  }
  if (typeof parsedArguments !== 'object' || Array.isArray(parsedArguments)) {
    throw new InvalidArgumentsError(
      'The arguments must be a JSON object, such as {"query": "..."}. Correct them and call again.'
    )
  }
  return parsedArguments as Record<string, unknown>
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
 * Makes the arguments storable: replaces halves of surrogate pairs. Throws InvalidArgumentsError on
 * a NUL character, which PostgreSQL cannot store.
 */
function cleanValue(value: unknown, judged: readonly string[] = [], depth = 0): unknown {
  if (depth > MAX_DEPTH) {
    throw new InvalidArgumentsError(
      `The arguments are nested more than ${MAX_DEPTH} levels deep. ` +
        'Flatten them, or send them as text.'
    )
  }
  if (typeof value === 'string') {
    if (value.includes('\0') && !judged.includes('*')) {
      throw new InvalidArgumentsError(
        'The arguments contain the NUL character (U+0000), which cannot be stored. ' +
          'Remove it and call again.'
      )
    }
    return value.replace(/\p{Surrogate}/gu, '\ufffd')
  }
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, judged, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const memberNames = judged.includes(name) && depth === 0 ? ['*'] : judged
      return [cleanValue(name) as string, cleanValue(item, memberNames, depth + 1)]
    })
  )
}

function separateArguments(
  sent: Record<string, unknown>,
  { properties = {}, required = [] }: ArgumentSchema
): { known: Record<string, unknown>; ignored: string[] } {
  const knownEntries = Object.entries(sent).filter(
    ([name, value]) => Object.hasOwn(properties, name) && value !== undefined
  )
  const unknownEntries = Object.entries(sent).filter(
    ([name, value]) =>
      !Object.hasOwn(properties, name) &&
      !legacyArguments.includes(name) &&
      value !== undefined &&
      value !== null
  )
  const callNames = {
    properties: Object.keys(properties),
    required,
    sentNames: knownEntries.map(([name]) => name)
  }
  for (const [name, value] of unknownEntries) {
    const intendedName = intendedArgument({ name, value }, callNames)
    if (intendedName === undefined) continue
    throw new InvalidArgumentsError(
      `Invalid arguments: there is no ${shortenName(name)}. ` +
        `Did you mean ${intendedName}? Correct it and call again.`
    )
  }
  return { known: Object.fromEntries(knownEntries), ignored: unknownEntries.map(([name]) => name) }
}

function readJson(schema: ArgumentSchema, value: unknown, asText: boolean): unknown {
  if (typeof value !== 'string') return asText ? JSON.stringify(value) : value
  if ((schema.type !== 'array' && schema.type !== 'object') || !/^\s*[[{]/.test(value)) return value
  const parsedValue = parseText(value)
  return typeof parsedValue === 'object' ? cleanValue(parsedValue) : value
}

/** Drops "" for optional arguments at any depth, and lists that contain only "". */
function withoutEmpty(
  schema: ArgumentSchema,
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
  const keptEntries: Array<[string, unknown]> = []
  for (const [name, member] of Object.entries(value)) {
    const memberSchema = schema.properties[name]
    const memberPath = path === '' ? name : `${path}.${name}`
    if (!memberSchema || emptyTexts.includes(memberPath)) keptEntries.push([name, member])
    else if (!isLeftOut(memberSchema, member, schema.required?.includes(name) ?? false)) {
      keptEntries.push([name, withoutEmpty(memberSchema, member, emptyTexts, memberPath)])
    }
  }
  return Object.fromEntries(keptEntries)
}

/** Keeps a required text, so that its own rule reports it. A required "" must not become 0. */
function isLeftOut(schema: ArgumentSchema, value: unknown, isRequired: boolean): boolean {
  const isText = schema.type === 'string' || schema.enum !== undefined
  if (isRequired) return !isText && isBlank(schema, value)
  if (Array.isArray(value) && schema.items && value.length > 0) {
    return value.every((item) => isBlank(schema.items!, item))
  }
  return isBlank(schema, value)
}

/** Blanks alone are no number, list or object. In a text they may be intended. */
function isBlank({ type }: ArgumentSchema, value: unknown): boolean {
  return typeof value === 'string' && (type === 'string' ? value : value.trim()) === ''
}

function shortenName(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH)
}
