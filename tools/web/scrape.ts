import { Type } from 'typebox'
import { cutToBudget } from '../../lib/answer-size.ts'
import { closed } from '../../domain/memory/fields.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { WebAddress, webAnnotations, UNTRUSTED_NOTICE } from './fields.ts'
import { plainText, presentFields } from '../../domain/web/plain.ts'
import { quoteForeignText } from '../../domain/web/quotation.ts'
import { readableTypes, readText } from '../../domain/web/reading/index.ts'

const MAX_BYTES = 10 * 1024 * 1024
/** Of the text in one form of the answer. */
const TEXT_BUDGET = 54_000
/** Of a title or a name on the page. */
const FACT_LENGTH = 300

export const webScrape = tool({
  name: 'web_scrape',
  title: 'Read a web page',
  description:
    'Returns the readable text of a public web page or PDF as Markdown, a long one in ' +
    'parts: go on at next_offset. Use it when you have an address; to find one, use ' +
    'brave_web_search.',
  example: { url: 'https://example.com/article' },
  groups: ['web'],
  needs: ['pages'],
  annotations: webAnnotations,
  input: Type.Object(
    {
      url: WebAddress,
      selector: Type.Optional(
        Type.String({
          maxLength: 500,
          description: 'CSS selector; body for all. By default the main part.'
        })
      ),
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 2_000_000,
          default: 0,
          description: 'How many characters to skip.'
        })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      url: Type.String(),
      fetched_at: Type.String(),
      notice: Type.String(),
      content_type: Type.String(),
      title: Type.Optional(Type.String()),
      byline: Type.Optional(Type.String()),
      published: Type.Optional(Type.String()),
      note: Type.Optional(Type.String()),
      text: Type.String(),
      total_length: Type.Integer(),
      next_offset: Type.Optional(Type.Integer())
    },
    closed
  ),
  async run({ url, selector, offset = 0 }, { web, principal, signal }) {
    const pageAnswer = await web.readPage(principal.user_id, url, {
      types: readableTypes,
      maxBytes: MAX_BYTES,
      signal
    })
    const {
      text: whole,
      title,
      byline,
      published,
      note
    } = await readText(pageAnswer, selector || undefined, signal)
    if (whole === '') {
      throw new ToolError(
        `${pageAnswer.url} has no text that can be read; it may need a browser, or be a scan. ` +
          'Try selector "body", or look for the same elsewhere.'
      )
    }
    if (offset >= whole.length) {
      throw new ToolError(
        `The text of ${pageAnswer.url} has ${whole.length} characters; offset must be smaller.`
      )
    }
    const pagePart = cutToBudget(whole.slice(offset).replace(/^[\uDC00-\uDFFF]/, ''), TEXT_BUDGET)
    const nextOffset = offset + pagePart.length
    return {
      url: pageAnswer.url,
      fetched_at: new Date().toISOString(),
      notice: UNTRUSTED_NOTICE,
      content_type: pageAnswer.type || 'unknown',
      ...presentFields({
        title: plainText(title, FACT_LENGTH),
        byline: plainText(byline, FACT_LENGTH),
        published: plainText(published, FACT_LENGTH)
      }),
      ...presentFields({ note: note ?? missingCharactersNote(whole) }),
      text: pagePart,
      total_length: whole.length,
      ...(nextOffset < whole.length && { next_offset: nextOffset })
    }
  },
  text({
    url,
    fetched_at: at,
    notice,
    note,
    title,
    byline,
    published,
    text,
    total_length: total,
    next_offset: next
  }) {
    const pageFacts = [
      title && `Title: ${title}`,
      byline && `By: ${byline}`,
      published && `Published: ${published}`,
      ''
    ].filter((fact) => fact !== undefined)
    const continuationHint =
      next === undefined ? '' : `\n(The text has ${total} characters; go on with offset ${next}.)`
    const pageText = quoteForeignText('page', `${pageFacts.join('\n')}\n${text}`)
    return (
      `Source: ${url}, read at ${at}\n${notice}${note ? `\n${note}` : ''}\n\n` +
      `${pageText}${continuationHint}`
    )
  }
})

/**
 * What to know of a text in which characters are missing, as in a PDF whose fonts do not name
 * theirs.
 */
function missingCharactersNote(text: string): string | undefined {
  const missingCharacters = text.match(/\ufffd/g)?.length ?? 0
  return missingCharacters === 0
    ? undefined
    : `${missingCharacters} characters could not be read and stand as U+FFFD.`
}
