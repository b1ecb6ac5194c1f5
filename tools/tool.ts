import type { Static, TObject, TProperties } from 'typebox'
import { Compile } from 'typebox/compile'
import Value from 'typebox/value'
import type { Db } from '../db/connect.ts'
import type { Role, Source } from '../db/tables/index.ts'
import { JsonLimitError, refuseLargeJson } from './json-limits.ts'
import type { Group } from './scopes.ts'
import type { Provider, Web } from './web/access.ts'

/** Who calls: from the credential only. */
export interface Principal {
  user_id: string
  role: Role
  /** The groups that the credential covers at this moment. */
  groups: ReadonlySet<Group>
  source: Source
}

/** How much one user may store: memories, and bytes of their values and former values. */
export interface Quota { memories: number, bytes: number }

/** A query as a vector of unit length, and what it can be compared with; or why there is none, in words. */
export type Meaning = { model_no: number, vector: readonly number[], pgvector: boolean, index: string | undefined } | { missing: string }

export interface Embedder {
  /** Never takes longer than two seconds; throws only what the database throws. */
  embed: (query: string, userId: string, signal: AbortSignal) => Promise<Meaning>
}

/** How much source code one user may have indexed: files, and bytes of their text. */
export interface CodeQuota { files: number, bytes: number }

/** An issue as GitHub tells it. */
export interface GithubIssue { title: string, url: string, state: string, labels: string[], assignees: string[], body: string }

export interface Github {
  /** Read with the person's own token; undefined when they have stored none. Throws ToolError. */
  issue: (userId: string, repository: string, number: number, signal: AbortSignal) => Promise<GithubIssue | undefined>
}

/** Whether calls are noted, and for how many days. */
export interface KeptHistory { keeping: boolean, days: number }

export interface ToolContext {
  db: Db
  principal: Principal
  quota: Quota
  /** When an embedding server is configured. */
  embedder?: Embedder | undefined
  codeQuota: CodeQuota
  /** The service's own address, without a trailing slash. */
  publicUrl: string
  github: Github
  web: Web
  /** Aborted at the call's deadline. */
  signal: AbortSignal
  history: KeptHistory
}

/** All four are stated for every tool (MCP ToolAnnotations). */
export interface Annotations {
  readOnlyHint: boolean
  destructiveHint: boolean
  idempotentHint: boolean
  openWorldHint: boolean
}

/** A refusal in words that help the model: what is wrong and what to do. Answered as isError, never logged. */
export class ToolError extends Error {}

/** The arguments are not what the tool's schema asks for; nothing was done. */
export class InvalidArguments extends ToolError {}

export interface Definition<I extends TObject, O extends TObject> {
  name: string
  title: string
  /** Under 1 KB, the first sentence decides. */
  description: string
  /** Any one of these groups suffices. */
  groups: [Group, ...Group[]]
  /** All of these must be set up, or the tool is not there. */
  needs?: readonly Provider[]
  annotations: Annotations
  input: I
  /** Text arguments that also take any other JSON value, which is kept as its text. */
  jsonAsText?: string[]
  output: O
  run: (args: Static<I>, context: ToolContext) => Promise<Static<O>>
  /** The same answer for people and for clients that read only text. */
  text: (answer: Static<O>, context: ToolContext) => string
}

export interface Tool extends Omit<Definition<TObject, TObject>, 'run' | 'text' | 'jsonAsText'> {
  /** Checks and converts the arguments, then runs. Throws ToolError. */
  call: (args: unknown, context: ToolContext) => Promise<{ answer: Record<string, unknown>, text: string }>
}

/** Arguments of older clients, accepted and ignored: who calls is decided by the credential. */
const legacyArguments = ['user_id', 'agent_name']

/** Nothing that we take is nested deeper; the database would refuse it at some depth. */
const MAX_DEPTH = 32

export function tool<I extends TObject, O extends TObject> ({ jsonAsText = [], ...definition }: Definition<I, O>): Tool {
  const check = Compile(definition.input)
  return {
    ...definition,
    async call (args: unknown, context: ToolContext) {
      const converted = convert(definition.input, clean(args ?? {}), jsonAsText)
      if (!check.Check(converted)) throw new InvalidArguments(explain(definition.input, check.Errors(converted)))
      refuseLong(definition.input, converted as Record<string, unknown>)
      const answer = await definition.run(converted as Static<I>, context)
      return { answer: answer as Record<string, unknown>, text: definition.text(answer, context) }
    }
  } as unknown as Tool
}

/** The arguments as every database can hold them: halves of characters replaced. Throws ToolError on the NUL character. */
function clean (value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new InvalidArguments(`The arguments are nested more than ${MAX_DEPTH} levels deep. Flatten them, or send them as text.`)
  if (typeof value === 'string') {
    if (value.includes('\0')) throw new InvalidArguments('The arguments contain the NUL character (U+0000), which cannot be stored. Remove it and call again.')
    return value.replace(/\p{Surrogate}/gu, '\ufffd')
  }
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [clean(name) as string, clean(item, depth + 1)]))
}

/** Real JSON types are what we ask for; a number or a JSON value in a string is understood too. */
function convert (schema: TObject, args: unknown, jsonAsText: string[]): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args
  const properties: TProperties = schema.properties
  const entries = Object.entries(args)
    .filter(([name, value]) => value !== undefined && (Object.hasOwn(properties, name) ? value !== null : !legacyArguments.includes(name)))
    .filter(([name, value]) => name !== 'agent_name' || value !== '') // what some clients send for none
    .map(([name, value]) => {
      if (typeof value === 'string') return [name, parsed(properties[name], value)]
      return [name, jsonAsText.includes(name) ? JSON.stringify(value) : value]
    })
  return Value.Default(schema, Value.Convert(schema, Object.fromEntries(entries)))
}

function parsed (schema: unknown, text: string): unknown {
  const { type } = (schema ?? {}) as { type?: string }
  if (type !== 'array' && type !== 'object') return text
  try {
    refuseLargeJson(Buffer.from(text))
    return clean(JSON.parse(text === '' ? (type === 'array' ? '[]' : '{}') : text))
  } catch (error) {
    if (error instanceof ToolError) throw error
    if (error instanceof JsonLimitError) throw new InvalidArguments(error.message)
    return text
  }
}

/** The compiled check counts what people see as one character, however many code points that has; JSON Schema and our columns count code points. */
function refuseLong (schema: TObject, args: Record<string, unknown>): void {
  for (const [name, { maxLength, items }] of Object.entries(schema.properties as Record<string, { maxLength?: number, items?: { maxLength?: number } }>)) {
    const limit = maxLength ?? items?.maxLength ?? Infinity
    for (const text of [args[name]].flat()) {
      if (typeof text === 'string' && text.length > limit && [...text].length > limit) {
        throw new InvalidArguments(`Invalid arguments: ${name} must not have more than ${limit} characters. Shorten it and call again.`)
      }
    }
  }
}

function explain (schema: TObject, errors: Array<{ keyword: string, instancePath: string, message: string, params?: object }>): string {
  const unknown = errors.flatMap(({ keyword, params }) => keyword === 'additionalProperties' ? (params as { additionalProperties: string[] }).additionalProperties : [])
  const said = errors.filter(({ keyword, message }) => keyword !== 'additionalProperties' && message !== 'schema is false').slice(0, 5)
    .map(({ keyword, instancePath, message, params }) => {
      const must = keyword === 'enum' ? `must be one of ${(params as { allowedValues: unknown[] }).allowedValues.join(', ')}` : message
      return `${instancePath.slice(1).replaceAll('/', '.') || 'the call'} ${must}`
    })
  if (unknown.length > 0) {
    const known = Object.keys(schema.properties).join(', ')
    said.unshift(`unknown ${unknown.slice(0, 5).map((name) => name.slice(0, 64)).join(', ')}; this tool takes ${known || 'no arguments'}`)
  }
  return `Invalid arguments: ${said.join('; ')}. Correct them and call again.`
}
