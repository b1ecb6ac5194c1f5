const namedEntities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  hellip: '…',
  ndash: '–',
  mdash: '—'
}

/**
 * A provider's value as a line of plain text without markup, at most `limit` characters; undefined
 * if it is not text or a number, or is empty.
 */
export function plainText(value: unknown, limit: number): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const strippedText = String(value)
    .slice(0, limit * 4)
    .replace(/<\/?[a-z][^<>]*>/gi, '')
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
      if (name !== undefined) return namedEntities[name.toLowerCase()] ?? whole
      const codePoint = decimal === undefined ? parseInt(hex, 16) : Number(decimal)
      return codePoint > 0 && codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : whole
    })
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/\p{Cs}|[\u{e0000}-\u{e0fff}]/gu, '')
    .trim()
  return strippedText === ''
    ? undefined
    : strippedText.length > limit
      ? `${strippedText.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
      : strippedText
}

/** The value as an http(s) URL, or undefined. */
export function httpLink(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 2000 || !URL.canParse(value)) return undefined
  const { protocol, href } = new URL(value)
  return /^https?:$/.test(protocol) ? href : undefined
}

/** The value if it is an object, otherwise an empty object. */
export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** The value if it is a list, otherwise an empty list. */
export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** Drops fields that are undefined or null. */
export function presentFields<T extends Record<string, unknown>>(
  fields: T
): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
  ) as { [K in keyof T]?: NonNullable<T[K]> }
}
