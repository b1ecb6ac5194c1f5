import { limitInput } from './input/namespaces.ts'
import { isShortList } from './lists.ts'
import { compactInput, flatOutline, keepLimits, outlineSchema } from './schemas.ts'
import { describeTool, type Principal, type Tool } from './tool.ts'

type ListCaller = Pick<Principal, 'namespaces'>

/** A tool as REST lists it, for a caller that may be bound to namespaces. */
export function listedTool(tool: Tool, caller: ListCaller = {}) {
  const { name, title, input, output, annotations } = tool
  return {
    name,
    title,
    description: describeTool(tool),
    inputSchema: compactInput(limitInput(input, caller)),
    outputSchema: outlineSchema(output),
    annotations
  }
}

/**
 * A tool as a short list has it: without its output schema, its rare arguments and the limits of
 * the others, which the server checks all the same. Measured in December 2026: output schemas were
 * 28 % of Essential and 25 % of Essential with Coding, and no model needs them to choose a tool.
 * structuredContent stays.
 */
function shortTool(tool: Tool, caller: ListCaller) {
  const { outputSchema: _, inputSchema, ...rest } = listedTool(tool, caller)
  const { properties, ...schema } = inputSchema
  const usualArguments = Object.entries(properties).filter(([name]) => !tool.rare?.includes(name))
  return {
    ...rest,
    inputSchema: keepLimits(
      { ...schema, properties: Object.fromEntries(usualArguments) },
      () => false
    )
  }
}

/**
 * A tool as a long list has it: with the limits that a model may reach, and with an output schema
 * that names only what the answer itself holds.
 */
function wholeTool(tool: Tool, caller: ListCaller) {
  const { outputSchema, inputSchema, ...rest } = listedTool(tool, caller)
  return {
    ...rest,
    inputSchema: keepLimits(inputSchema, isReachable),
    outputSchema: flatOutline(outputSchema)
  }
}

/** A text of so many characters is one that a model may well send. */
const REACHABLE_LENGTH = 5000

/** Nobody asks for -1 results or gives a key of 255 characters; some send a text of 20,000. */
function isReachable(keyword: string, limit: unknown): boolean {
  if (keyword === 'maxLength') return Number(limit) >= REACHABLE_LENGTH
  return keyword.startsWith('max') || Number(limit) > 1
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
  const describe = isShortList(tools) ? shortTool : wholeTool
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
