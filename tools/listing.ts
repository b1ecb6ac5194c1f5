import type { TObject } from 'typebox'
import { limitInput } from './input/namespaces.ts'
import { isShortList } from './lists.ts'
import type { Principal, Tool } from './tool.ts'

type ListCaller = Pick<Principal, 'namespaces'>

/** A tool as MCP and REST list it, for a caller that may be bound to namespaces. */
export function listedTool(tool: Tool, caller: ListCaller = {}) {
  const { name, title, description, input, output, annotations } = tool
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
 * A tool as a short list has it: without its output schema and without the lengths of arguments,
 * which the server checks all the same. Measured on the lists of 2026-12: OUTPUT_SHARE of the
 * characters are output schemas, which no model needs to choose a tool. structuredContent stays.
 */
function shortTool(tool: Tool, caller: ListCaller) {
  const { outputSchema: _, inputSchema, ...rest } = listedTool(tool, caller)
  return { ...rest, inputSchema: withoutLengths(inputSchema) }
}

/** Names of a schema that limit lengths. No argument has such a name. */
const lengthKeywords: ReadonlySet<string> = new Set([
  'minLength',
  'maxLength',
  'minItems',
  'maxItems'
])

function withoutLengths(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutLengths)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name]) => !lengthKeywords.has(name))
      .map(([name, value]) => [name, withoutLengths(value)])
  )
}

/** What is added to each tool of a list for some clients. Two of one name add the same. */
export interface ListExtras {
  name: string
  of: (tool: Tool) => object
}

/**
 * The tools as the `tools` member of an answer to tools/list, as JSON text. Lists are prepared once
 * and kept, so that an answer costs no serialisation. What else the answer holds goes around it:
 * `{"tools":${toolsJson(tools, principal)},"ttlMs":60000}`.
 */
export function toolsJson(
  tools: readonly Tool[],
  caller: ListCaller,
  extras: ListExtras = { name: '', of: () => ({}) }
): string {
  const listKey = JSON.stringify([
    tools.map(({ name }) => name).join(),
    caller.namespaces ?? null,
    extras.name
  ])
  const preparedJson = preparedLists.get(listKey)
  if (preparedJson !== undefined) return preparedJson
  const describe = isShortList(tools) ? shortTool : listedTool
  const json = JSON.stringify(
    tools.map((tool) => ({ ...describe(tool, caller), ...extras.of(tool) }))
  )
  if (preparedLists.size >= MAX_PREPARED) preparedLists.delete(preparedLists.keys().next().value!)
  preparedLists.set(listKey, json)
  return json
}

/** Lists that are kept; one of all tools has 64,000 characters. The oldest goes first. */
const MAX_PREPARED = 200
const preparedLists = new Map<string, string>()

/** The length of a list in an answer to tools/list, in characters. */
export function listSize(tools: Iterable<Tool>): number {
  return toolsJson([...tools], {}).length
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
