import type { TObject } from 'typebox'

/**
 * An input schema in fewer characters. It drops the pattern of free-form objects, and minLength of
 * optional texts, where "" means that the argument is absent.
 */
export function compactInput(input: TObject) {
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
export function outlineSchema(schema: unknown, depth = 0): unknown {
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

/** An outline that says of each property only its type, not what is in it. */
export function flatOutline(outline: unknown): object {
  const { properties } = outline as { properties: Record<string, Record<string, unknown>> }
  const flatProperties = Object.entries(properties).map(
    ([name, { properties: _, items: __, ...schema }]) => [name, schema]
  )
  return { type: 'object', properties: Object.fromEntries(flatProperties) }
}

/** Keywords of a schema that limit a value. No argument has such a name. */
const limitKeyword = /^(min|max)(imum|Length|Items)$/

/** The schema with only those limits for which `isKept` is true. */
export function keepLimits(
  schema: unknown,
  isKept: (keyword: string, limit: unknown) => boolean
): unknown {
  if (Array.isArray(schema)) return schema.map((part) => keepLimits(part, isKept))
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name, value]) => !limitKeyword.test(name) || isKept(name, value))
      .map(([name, value]) => [name, keepLimits(value, isKept)])
  )
}
