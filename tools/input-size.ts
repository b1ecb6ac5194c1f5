import type { Tool } from './tool.ts'

const MIB = 2 ** 20
/** The size of a request that holds no large value. */
export const ORDINARY_BYTES = MIB
/** A value of 1 MiB may take several times that as JSON. */
export const LARGEST_BYTES = 8 * MIB
/** A character that is escaped as JSON allows: `\u00e9`. */
const ESCAPED_BYTES = 6
/** For a string that has no limit in the schema; `run` limits it, or the database does. */
const UNLIMITED_LENGTH = 16_384

interface Schema {
  type?: string
  maxLength?: number
  maxItems?: number
  items?: Schema
  properties?: Record<string, Schema>
}

/** Bytes of JSON that a call of the tool may have, by its input schema. */
export function inputLimitOf(tool: Pick<Tool, 'input'>): number {
  return longestJson(tool.input as Schema) > ORDINARY_BYTES ? LARGEST_BYTES : ORDINARY_BYTES
}

function longestJson({ type, maxLength, maxItems = 1, items, properties }: Schema): number {
  if (type === 'string') return ESCAPED_BYTES * (maxLength ?? UNLIMITED_LENGTH)
  if (type === 'array') return maxItems * longestJson(items ?? {})
  return Object.values(properties ?? {}).reduce((sum, property) => sum + longestJson(property), 0)
}
