/** Blanks between the words of a name, and invisible characters. */
const blankPattern = /[\s\u0085\u180e]+/gu
const invisiblePattern = /[\u200b\u2060\ufeff\u00ad]/gu

/**
 * The stored form of a name (key, namespace, tag, project): NFC characters, trimmed, with
 * one blank between words.
 */
export function normalizeName(text: string): string {
  return text.replace(invisiblePattern, '').normalize('NFC').replace(blankPattern, ' ').trim()
}

/** Equal for names that a person takes for the same: ignores case, blanks, `_` and `-`. */
export function foldName(text: string): string {
  return normalizeName(text)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/g, '')
}

/** Normalizes names; drops duplicates and empty ones. */
export function normalizeNames(texts: readonly string[]): string[] {
  return [...new Set(texts.map(normalizeName))].filter(Boolean)
}
