import type { Static, TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Db } from '../db/connection/connect.ts'
import type { Role, Source } from '../db/schema/index.ts'
import { shortened } from '../lib/answer-size.ts'
import { InvalidArguments, ToolError } from '../lib/tool-error.ts'
import { type ArgumentRules, ignoredNotice, readArguments } from './input/arguments.ts'
import { readNames } from './input/names.ts'
import type { Group } from './scopes.ts'
import type { Provider, Web } from '../domain/web/access.ts'

export { InvalidArguments, ToolError } from '../lib/tool-error.ts'

/** Who calls: from the credential only. */
export interface Principal {
  user_id: string
  role: Role
  /** The groups that the credential covers at this moment. */
  groups: ReadonlySet<Group>
  source: Source
}

/** How much one user may store: memories, and bytes of their values and former values. */
export interface Quota {
  memories: number
  bytes: number
}

/**
 * A query as a vector of unit length, and what it can be compared with; or why there is none, in
 * words.
 */
export type Meaning =
  | { model_no: number; vector: readonly number[]; pgvector: boolean; index: string | undefined }
  | { missing: string }

export interface Embedder {
  /** Never takes longer than two seconds; throws only what the database throws. */
  embed: (query: string, userId: string, signal: AbortSignal) => Promise<Meaning>
}

/** How much source code one user may have indexed: files, and bytes of their text. */
export interface CodeQuota {
  files: number
  bytes: number
}

/** An issue as GitHub tells it. */
export interface GithubIssue {
  title: string
  url: string
  state: string
  labels: string[]
  assignees: string[]
  body: string
}

export interface Github {
  /** Read with the person's own token; undefined when they have stored none. Throws ToolError. */
  issue: (
    userId: string,
    repository: string,
    number: number,
    signal: AbortSignal
  ) => Promise<GithubIssue | undefined>
}

/** Whether calls are noted, and for how many days. */
export interface KeptHistory {
  keeping: boolean
  days: number
}

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

export interface Definition<I extends TObject, O extends TObject> extends Omit<
  ArgumentRules,
  'input'
> {
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
  output: O
  run: (args: Static<I>, context: ToolContext) => Promise<Static<O>>
  /** The same answer for people and for clients that read only text. */
  text: (answer: Static<O>, context: ToolContext) => string
}

export interface Tool extends Omit<
  Definition<TObject, TObject>,
  'run' | 'text' | keyof Omit<ArgumentRules, 'input'>
> {
  /** Checks and converts the arguments, then runs. Throws ToolError. */
  call: (
    args: unknown,
    context: ToolContext
  ) => Promise<{ answer: Record<string, unknown>; text: string }>
}

export function tool<I extends TObject, O extends TObject>(definition: Definition<I, O>): Tool {
  const { jsonAsText, nullable, emptyTexts, judgesNul, ...rest } = definition
  const check = Compile(definition.input)
  return {
    ...rest,
    async call(args: unknown, context: ToolContext) {
      const { values, emptied, ignored } = readArguments(args, definition)
      const notice = ignoredNotice(definition.name, ignored)
      if (!check.Check(values)) throw new InvalidArguments(explain(check.Errors(values), notice))
      refuseLong(definition.input, values as Record<string, unknown>)
      const named = await readNames(definition.name, values as Record<string, unknown>, context)
      const empty = Object.fromEntries(emptied.map((name) => [name, null]))
      const whole = await noting(notice, () =>
        definition.run({ ...named, ...empty } as Static<I>, context)
      )
      const { answer, left_out: leftOut } = shortened(whole as Static<O> & object)
      const text = definition.text(answer, context)
      const missing = leftOut > 0 && !text.startsWith('{') ? `\n\n${sayLeftOut(leftOut)}` : ''
      return withNotice(answer as Record<string, unknown>, `${text}${missing}`, notice)
    }
  } as unknown as Tool
}

function sayLeftOut(entries: number): string {
  return (
    `(${entries} more ${entries === 1 ? 'entry was' : 'entries were'} left out, because an answer ` +
    'holds about 20,000 tokens. Ask for fewer, or filter.)'
  )
}

/** Runs the tool; a refusal says as well that arguments were ignored. */
async function noting<T>(notice: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ToolError && notice !== '') error.message = `${error.message} ${notice}`
    throw error
  }
}

/** The answer, and that arguments were ignored; a text that is JSON stays JSON. */
function withNotice(answer: Record<string, unknown>, text: string, notice: string) {
  if (notice === '') return { answer, text }
  return {
    answer: { ...answer, notice },
    text: text.startsWith('{') ? text : `${text}\n\n${notice}`
  }
}

/**
 * The compiled check counts what people see as one character, however many code points that has;
 * JSON Schema and our columns count code points.
 */
function refuseLong(schema: TObject, args: Record<string, unknown>): void {
  for (const [name, { maxLength, items }] of Object.entries(
    schema.properties as Record<string, { maxLength?: number; items?: { maxLength?: number } }>
  )) {
    const limit = maxLength ?? items?.maxLength ?? Infinity
    for (const text of [args[name]].flat()) {
      if (typeof text === 'string' && text.length > limit && [...text].length > limit) {
        throw new InvalidArguments(
          `Invalid arguments: ${name} must not have more than ${limit} characters. Shorten it and call again.`
        )
      }
    }
  }
}

interface SchemaError {
  keyword: string
  instancePath: string
  message: string
  params?: object
}

function explain(errors: SchemaError[], notice: string): string {
  const known = errors.filter(({ message }) => message !== 'schema is false').slice(0, 5)
  const faults = known.map(({ keyword, instancePath, message, params }) => {
    const must = faultOf(keyword, message, params)
    return `${instancePath.slice(1).replaceAll('/', '.') || 'the call'} ${must}`
  })
  return [`Invalid arguments: ${faults.join('; ')}. Correct them and call again.`, notice]
    .filter(Boolean)
    .join(' ')
}

function faultOf(keyword: string, message: string, params?: object): string {
  if (keyword === 'enum') {
    return `must be one of ${(params as { allowedValues: unknown[] }).allowedValues.join(', ')}`
  }
  if (keyword !== 'additionalProperties') return message
  const { additionalProperties } = params as { additionalProperties: string[] }
  return `must not have ${additionalProperties
    .slice(0, 5)
    .map((name) => name.slice(0, 64))
    .join(', ')}`
}
