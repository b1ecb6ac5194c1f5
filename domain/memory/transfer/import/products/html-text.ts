/** Characters of HTML as text: the entities that Google's exports use. */
const entityCharacters: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  emsp: ' ',
  hellip: '…',
  ndash: '–',
  mdash: '—'
}
const MAX_CODE_POINT = 0x10ffff
/** Elements that begin a new line, and those that begin a new paragraph. */
const lineElements = /^(?:br|li|tr|div|dt|dd)$/
const paragraphElements = /^(?:p|ul|ol|table|pre|blockquote|h[1-6]|hr)$/

/** The words of a piece of HTML, with its paragraphs, lists and lines. It needs no valid HTML. */
export function htmlText(html: string): string {
  const textParts: string[] = []
  let position = 0
  while (position < html.length) {
    const tagStart = html.indexOf('<', position)
    const textEnd = tagStart < 0 ? html.length : tagStart
    textParts.push(decodeEntities(html.slice(position, textEnd)))
    if (tagStart < 0) break
    const tagEnd = html.indexOf('>', tagStart)
    if (tagEnd < 0) break
    textParts.push(textOfTag(html.slice(tagStart + 1, Math.min(tagEnd, tagStart + 30))))
    position = tagEnd + 1
  }
  return textParts
    .join('')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function textOfTag(tag: string): string {
  const [, slash, rawName = ''] = /^(\/?)([a-z][a-z0-9]*)/i.exec(tag) ?? []
  const name = rawName.toLowerCase()
  if (name === 'li') return slash ? '' : '\n- '
  if (paragraphElements.test(name)) return '\n\n'
  if (lineElements.test(name)) return '\n'
  return name === 'td' || name === 'th' ? ' ' : ''
}

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi,
    (entity, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return entityCharacters[name] ?? entity
      const codePoint = decimal === undefined ? parseInt(hex!, 16) : Number(decimal)
      return codePoint <= MAX_CODE_POINT ? String.fromCodePoint(codePoint) : entity
    }
  )
}
