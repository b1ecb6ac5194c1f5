import type { Tool } from './tool.ts'

const BYTES_PER_MIB = 2 ** 20
/** The limit of a request without a large value. */
export const ORDINARY_BYTES = BYTES_PER_MIB
/** The limit with one: a value of 1 MiB may take several times that as JSON. */
export const LARGEST_BYTES = 8 * BYTES_PER_MIB
/** JSON may escape each character: `\u00e9`. */
const ESCAPED_BYTES = 6
/** Assumed for a string without maxLength; `run` or the database limits it. */
const UNLIMITED_LENGTH = 16_384

interface InputSchema {
  type?: string
  maxLength?: number
  maxItems?: number
  items?: InputSchema
  properties?: Record<string, InputSchema>
}

/** The largest request body of a tool, in bytes of JSON, derived from its input schema. */
export function inputLimitOf(tool: Pick<Tool, 'input'>): number {
  return longestJson(tool.input as InputSchema) > ORDINARY_BYTES ? LARGEST_BYTES : ORDINARY_BYTES
}

function longestJson({ type, maxLength, maxItems = 1, items, properties }: InputSchema): number {
  if (type === 'string') return ESCAPED_BYTES * (maxLength ?? UNLIMITED_LENGTH)
  if (type === 'array') return maxItems * longestJson(items ?? {})
  return Object.values(properties ?? {}).reduce((sum, property) => sum + longestJson(property), 0)
}
