/** What stands between the words of a name, and characters that nobody sees. */
const blanks = /[\s\u0085\u180e]+/gu
const invisible = /[\u200b\u2060\ufeff\u00ad]/gu

/**
 * A name (key, namespace, tag, project) as it is stored and compared: composed characters (NFC), no
 * blanks around it, one blank between its words.
 */
export function nameOf(text: string): string {
  return text.replace(invisible, '').normalize('NFC').replace(blanks, ' ').trim()
}

/** The same for two names that a person would take for one: without case, blanks, `_` and `-`. */
export function foldedName(text: string): string {
  return nameOf(text)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/g, '')
}

/** Each name once, without empty ones. */
export function namesOf(texts: readonly string[]): string[] {
  return [...new Set(texts.map(nameOf))].filter(Boolean)
}
