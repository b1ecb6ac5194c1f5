export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text, or an empty text for a value of another type. */
export function textOrEmpty(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The array, or an empty array for a value of another type. */
export function arrayOrEmpty(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The object in a JSON text; undefined for invalid JSON or another value. */
export function parseObjectOrNone(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
