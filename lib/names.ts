/** What stands between the words of a name, and characters that nobody sees. */
const blankPattern = /[\s\u0085\u180e]+/gu
const invisiblePattern = /[\u200b\u2060\ufeff\u00ad]/gu

/**
 * A name (key, namespace, tag, project) as it is stored and compared: composed characters (NFC), no
 * blanks around it, one blank between its words.
 */
export function normalizeName(text: string): string {
  return text.replace(invisiblePattern, '').normalize('NFC').replace(blankPattern, ' ').trim()
}

/** The same for two names that a person would take for one: without case, blanks, `_` and `-`. */
export function foldName(text: string): string {
  return normalizeName(text)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/g, '')
}

/** Each name once, without empty ones. */
export function normalizeNames(texts: readonly string[]): string[] {
  return [...new Set(texts.map(normalizeName))].filter(Boolean)
}
