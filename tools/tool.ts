import type { Static, TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import { shortenAnswer } from '../lib/answer-size.ts'
import { quantity } from '../lib/quantity.ts'
import { InvalidArgumentsError, ToolError } from '../lib/tool-error.ts'
import { type ArgumentRules, ignoredNotice, readArguments } from './input/arguments.ts'
import { readNames } from './input/names.ts'
import { limitedDefaults, requireOwnNamespace } from './input/namespaces.ts'
import type { Permission, ToolGroup } from './scopes.ts'
import { type CallContext, type Caller, limitContext } from '../domain/context.ts'
import type { WebProvider } from '../domain/web/access.ts'

/** Who calls. It comes from the credential only. */
export interface Principal extends Caller {
  /** What the credential covers at this moment, within the limits that its owner set. */
  permissions: ReadonlySet<Permission>
  /** The scope as it was granted; it decides only which tools a list names by itself. */
  scope?: string
}

/** What a tool may use: the context of a domain call, with the permissions of its credential. */
export interface ToolContext extends CallContext {
  principal: Principal
}

/** All four are stated for every tool (MCP ToolAnnotations). */
export interface Annotations {
  readOnlyHint: boolean
  destructiveHint: boolean
  idempotentHint: boolean
  openWorldHint: boolean
}

export interface ToolDefinition<I extends TObject, O extends TObject> extends Omit<
  ArgumentRules,
  'input'
> {
  name: string
  title: string
  /**
   * What it does, when to use it, and which tool to use instead. At most 1 KB with the example.
   * Models choose by the first sentence.
   */
  description: string
  /** The arguments of a typical call, which lists show at the end of the description. */
  example: Static<I>
  /** Optional arguments that short lists leave out. memory_get_tool_list shows them. */
  rare?: ReadonlyArray<keyof Static<I> & string>
  /** Any one of these groups suffices. */
  groups: [ToolGroup, ...ToolGroup[]]
  /** The tool is offered only when all of these are set up. */
  needs?: readonly WebProvider[]
  /** The tool shows what belongs to no namespace, so a caller bound to some does not get it. */
  wholePersonOnly?: boolean
  annotations: Annotations
  input: I
  output: O
  run: (args: Static<I>, context: ToolContext) => Promise<Static<O>>
  /** The same answer for people and for clients that read only text. */
  text: (answer: Static<O>, context: ToolContext) => string
}

export interface Tool extends Omit<
  ToolDefinition<TObject, TObject>,
  'run' | 'text' | keyof Omit<ArgumentRules, 'input'>
> {
  /** Checks and converts the arguments, then runs. Throws ToolError. */
  call: (
    args: unknown,
    context: ToolContext
  ) => Promise<{ answer: Record<string, unknown>; text: string }>
}

/** What a tool does and when to use it, with an example of its arguments. */
export function describeTool({ description, example }: Tool): string {
  return `${description} Example: ${JSON.stringify(example)}`
}

export function tool<I extends TObject, O extends TObject>(definition: ToolDefinition<I, O>): Tool {
  const { jsonAsText, nullable, emptyTexts, judgesNul, ...rest } = definition
  const inputCheck = Compile(definition.input)
  return {
    ...rest,
    async call(args: unknown, callContext: ToolContext) {
      const context = limitContext(callContext)
      const { values, emptied, ignored } = readArguments(
        args,
        definition,
        limitedDefaults(definition.input, context.principal)
      )
      const ignoredText = ignoredNotice(definition.name, ignored)
      if (!inputCheck.Check(values)) {
        throw new InvalidArgumentsError(explainErrors(inputCheck.Errors(values), ignoredText))
      }
      refuseLong(definition.input, values as Record<string, unknown>)
      const namedArguments = await readNames(
        definition.name,
        values as Record<string, unknown>,
        context
      )
      requireOwnNamespace(namedArguments, context.principal)
      const emptiedArguments = Object.fromEntries(emptied.map((name) => [name, null]))
      const wholeAnswer = await runWithNotice(ignoredText, () =>
        definition.run({ ...namedArguments, ...emptiedArguments } as Static<I>, context)
      )
      const { answer, left_out: leftOut } = shortenAnswer(wholeAnswer as Static<O> & object)
      const answerText = definition.text(answer, context)
      const missingText =
        leftOut > 0 && !answerText.startsWith('{') ? `\n\n${sayLeftOut(leftOut)}` : ''
      return withNotice(
        answer as Record<string, unknown>,
        `${answerText}${missingText}`,
        ignoredText
      )
    }
  } as unknown as Tool
}

function sayLeftOut(entries: number): string {
  return (
    `(${quantity(entries, 'more entry was', 'more entries were')} left out, because an answer ` +
    'holds about 20,000 tokens. Ask for fewer, or filter.)'
  )
}

/** Runs the tool. A refusal also says which arguments were ignored. */
async function runWithNotice<T>(notice: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ToolError && notice !== '') error.message = `${error.message} ${notice}`
    throw error
  }
}

/** Adds to the answer that arguments were ignored. A text that is JSON stays JSON. */
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
        throw new InvalidArgumentsError(
          `Invalid arguments: ${name} must not have more than ${limit} characters. ` +
            'Shorten it and call again.'
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

function explainErrors(errors: SchemaError[], notice: string): string {
  const knownErrors = errors.filter(({ message }) => message !== 'schema is false').slice(0, 5)
  const faultTexts = knownErrors.map(({ keyword, instancePath, message, params }) => {
    const requirement = faultOf(keyword, message, params)
    return `${instancePath.slice(1).replaceAll('/', '.') || 'the call'} ${requirement}`
  })
  return [`Invalid arguments: ${faultTexts.join('; ')}. Correct them and call again.`, notice]
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
