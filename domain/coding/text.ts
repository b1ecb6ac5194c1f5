/** The text, cut to `maxLength` UTF-16 units and marked with `…` when it is longer. */
export function clipText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const beginning = text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '') // no half character
  return `${beginning}…`
}

/** The clipped text on a single line. */
export function singleLine(text: string, maxLength: number): string {
  return clipText(text.replace(/\s+/g, ' ').trim(), maxLength)
}

/** The clipped text on a single line that ends like a sentence, so that another can follow. */
export function asSentence(text: string, maxLength: number): string {
  const line = singleLine(text, maxLength)
  return /[.!?…:。！？]$/.test(line) ? line : `${line}.`
}

/** The count with its noun, such as `1 file` and `2 files`. */
export function countedNoun(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
