import { UnreadablePageError } from './work.ts'

const MAX_ATTRIBUTES = 500
const MAX_ELEMENTS = 250_000
const MAX_DEPTH = 256

const VOID_ELEMENTS = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' ')
)
/** Elements whose end tag is optional, so that their start tags do not show the depth. */
const IMPLIED_END = new Set(
  'p li dt dd tr td th thead tbody tfoot colgroup option optgroup rt rp html head body'.split(' ')
)
const RAW_TEXT = new Set('script style textarea title xmp iframe noembed noframes'.split(' '))
const LOOK_ELSEWHERE = 'Look for the same elsewhere.'

const TAG_NAME = /[a-z][^\s/>]{0,40}/iy
const SPACES_AND_SLASHES = /[\s/]*/y
const ATTRIBUTE_NAME = /=?[^\s/>=]*/y
const EQUALS_SIGN = /\s*=\s*/y
const ATTRIBUTE_VALUE = /"[^"]*"?|'[^']*'?|[^\s>]*/y

/**
 * Counts elements, depth and attributes in one pass over the text. Some short pages cost a parser
 * far too much time and memory. The depth is an estimate. Throws UnreadablePageError above a limit.
 */
export function refuseComplexHtml(html: string): void {
  let elementCount = 0
  let elementDepth = 0
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at)) {
    if (html.startsWith('<!--', at)) {
      at = endOfMark(html, '-->', at + 2)
      continue
    }
    const isEnd = html[at + 1] === '/'
    const tagName = matchAt(TAG_NAME, html, at + (isEnd ? 2 : 1)).toLowerCase()
    at += 1 + Number(isEnd) + tagName.length
    if (tagName === '') continue
    if (!VOID_ELEMENTS.has(tagName) && !IMPLIED_END.has(tagName)) {
      elementDepth = Math.max(0, elementDepth + (isEnd ? -1 : 1))
    }
    if (elementDepth > MAX_DEPTH) refusePage(`it is more than ${MAX_DEPTH} levels deep`)
    if (isEnd) continue
    if (++elementCount > MAX_ELEMENTS) refusePage(`it has more than ${MAX_ELEMENTS} elements`)
    at = endOfAttributes(html, at)
    if (RAW_TEXT.has(tagName)) at = endOfRawText(html, tagName, at)
  }
}

/** The index at which the tag ends. */
function endOfAttributes(html: string, start: number): number {
  let at = start
  for (let attributeCount = 0; ; attributeCount++) {
    at += matchAt(SPACES_AND_SLASHES, html, at).length
    const attributeName = matchAt(ATTRIBUTE_NAME, html, at)
    if (attributeName === '') return at
    if (attributeCount === MAX_ATTRIBUTES) {
      refusePage(`it has more than ${MAX_ATTRIBUTES} attributes on one element`)
    }
    at += attributeName.length
    const equalsSign = matchAt(EQUALS_SIGN, html, at)
    if (equalsSign !== '') {
      at += equalsSign.length + matchAt(ATTRIBUTE_VALUE, html, at + equalsSign.length).length
    }
  }
}

function endOfRawText(html: string, name: string, start: number): number {
  const endTag = new RegExp(`</${name}`, 'gi')
  endTag.lastIndex = start
  return endTag.exec(html)?.index ?? html.length
}

function endOfMark(html: string, mark: string, start: number): number {
  const markStart = html.indexOf(mark, start)
  return markStart < 0 ? html.length : markStart + mark.length
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

function refusePage(why: string): never {
  throw new UnreadablePageError(`The page is too large or too deep: ${why}. ${LOOK_ELSEWHERE}`)
}
