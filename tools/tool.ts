import type { Static, TObject, TProperties } from 'typebox'
import { Compile } from 'typebox/compile'
import Value from 'typebox/value'
import type { Db } from '../db/connect.ts'
import type { Role, Source } from '../db/schema.ts'
import type { Group } from './scopes.ts'

/** Who calls: from the credential only. */
export interface Principal {
  user_id: string
  role: Role
  /** The groups that the credential covers at this moment. */
  groups: ReadonlySet<Group>
  source: Source
}

export interface ToolContext {
  db: Db
  principal: Principal
  /** The service's own address, without a trailing slash. */
  publicUrl: string
  /** Aborted at the call's deadline. */
  signal: AbortSignal
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

export interface Definition<I extends TObject, O extends TObject> {
  name: string
  title: string
  /** Under 1 KB, the first sentence decides. */
  description: string
  /** Any one of these groups suffices. */
  groups: [Group, ...Group[]]
  annotations: Annotations
  input: I
  output: O
  run: (args: Static<I>, context: ToolContext) => Promise<Static<O>>
  /** The same answer for people and for clients that read only text. */
  text: (answer: Static<O>, context: ToolContext) => string
}

export interface Tool extends Omit<Definition<TObject, TObject>, 'run' | 'text'> {
  /** Checks and converts the arguments, then runs. Throws ToolError. */
  call: (args: unknown, context: ToolContext) => Promise<{ answer: Record<string, unknown>, text: string }>
}

/** Arguments of older clients, accepted and ignored: who calls is decided by the credential. */
const legacyArguments = ['user_id', 'agent_name']

export function tool<I extends TObject, O extends TObject> (definition: Definition<I, O>): Tool {
  const check = Compile(definition.input)
  return {
    ...definition,
    async call (args: unknown, context: ToolContext) {
      const converted = convert(definition.input, args ?? {})
      if (!check.Check(converted)) throw new ToolError(explain(check.Errors(converted)))
      if (JSON.stringify(converted).includes('\\u0000')) throw new ToolError('Invalid arguments: the character NUL (U+0000) cannot be stored. Take it out and call again.')
      const answer = await definition.run(converted as Static<I>, context)
      return { answer: answer as Record<string, unknown>, text: definition.text(answer, context) }
    }
  } as unknown as Tool
}

/** Real JSON types are what we ask for; a number or a JSON value in a string is understood too. */
function convert (schema: TObject, args: unknown): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args
  const properties: TProperties = schema.properties
  const entries = Object.entries(args)
    .filter(([name, value]) => value !== undefined && (name in properties ? value !== null : !legacyArguments.includes(name)))
    .map(([name, value]) => [name, plain(properties[name], value)])
  return Value.Default(schema, Value.Convert(schema, Object.fromEntries(entries)))
}

/** JSON in a string where an array or object is asked for, and a JSON value where text is asked for. */
function plain (schema: unknown, value: unknown): unknown {
  const { type } = (schema ?? {}) as { type?: string }
  if (type === 'string' && typeof value === 'object') return JSON.stringify(value)
  if (typeof value !== 'string' || (type !== 'array' && type !== 'object')) return value
  try {
    return JSON.parse(value === '' ? (type === 'array' ? '[]' : '{}') : value)
  } catch {
    return value
  }
}

function explain (errors: Array<{ instancePath: string, message: string, params?: object }>): string {
  const said = errors.filter(({ message }) => message !== 'schema is false').slice(0, 5).map(({ instancePath, message, params }) => {
    const extra = params && 'additionalProperties' in params ? ` (${String(params.additionalProperties)})` : ''
    return `${instancePath.slice(1).replaceAll('/', '.') || 'arguments'} ${message}${extra}`
  })
  return `Invalid arguments: ${said.join('; ')}. Correct them and call again.`
}
