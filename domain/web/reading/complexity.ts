import { Unreadable } from './work.ts'

const MAX_ATTRIBUTES = 500
const MAX_ELEMENTS = 250_000
const MAX_DEPTH = 256

const VOID = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' ')
)
/** Elements that end without an end tag, so that their start tags tell nothing about depth. */
const IMPLIED_END = new Set(
  'p li dt dd tr td th thead tbody tfoot colgroup option optgroup rt rp html head body'.split(' ')
)
const RAW_TEXT = new Set('script style textarea title xmp iframe noembed noframes'.split(' '))
const ELSEWHERE = 'Look for the same elsewhere.'

const TAG_NAME = /[a-z][^\s/>]{0,40}/iy
const SPACES_AND_SLASHES = /[\s/]*/y
const ATTRIBUTE_NAME = /=?[^\s/>=]*/y
const EQUALS = /\s*=\s*/y
const VALUE = /"[^"]*"?|'[^']*'?|[^\s>]*/y

/**
 * Counts elements, their depth, and the attributes of each, in one pass over the text, because
 * parsers need far more time and memory for some pages than the pages are long. The depth is an
 * estimate. Throws Unreadable above the limits.
 */
export function refuseComplex(html: string): void {
  let elements = 0
  let depth = 0
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at)) {
    if (html.startsWith('<!--', at)) {
      at = endOf(html, '-->', at + 2)
      continue
    }
    const isEnd = html[at + 1] === '/'
    const name = match(TAG_NAME, html, at + (isEnd ? 2 : 1)).toLowerCase()
    at += 1 + Number(isEnd) + name.length
    if (name === '') continue
    if (!VOID.has(name) && !IMPLIED_END.has(name)) depth = Math.max(0, depth + (isEnd ? -1 : 1))
    if (depth > MAX_DEPTH) refuse(`it is more than ${MAX_DEPTH} levels deep`)
    if (isEnd) continue
    if (++elements > MAX_ELEMENTS) refuse(`it has more than ${MAX_ELEMENTS} elements`)
    at = endOfAttributes(html, at)
    if (RAW_TEXT.has(name)) at = endOfRawText(html, name, at)
  }
}

/** Where the tag ends. */
function endOfAttributes(html: string, start: number): number {
  let at = start
  for (let attributes = 0; ; attributes++) {
    at += match(SPACES_AND_SLASHES, html, at).length
    const name = match(ATTRIBUTE_NAME, html, at)
    if (name === '') return at
    if (attributes === MAX_ATTRIBUTES) {
      refuse(`it has more than ${MAX_ATTRIBUTES} attributes on one element`)
    }
    at += name.length
    const equals = match(EQUALS, html, at)
    if (equals !== '') at += equals.length + match(VALUE, html, at + equals.length).length
  }
}

function endOfRawText(html: string, name: string, start: number): number {
  const end = new RegExp(`</${name}`, 'gi')
  end.lastIndex = start
  return end.exec(html)?.index ?? html.length
}

function endOf(html: string, mark: string, start: number): number {
  const at = html.indexOf(mark, start)
  return at < 0 ? html.length : at + mark.length
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

function refuse(why: string): never {
  throw new Unreadable(`The page is too large or too deep to be read here: ${why}. ${ELSEWHERE}`)
}
