import { Type } from 'typebox'
import { cut } from '../../lib/answer-size.ts'
import { closed } from '../../domain/memory/fields.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { Address, annotations, NOTICE } from './fields.ts'
import { plain, present } from '../../domain/web/plain.ts'
import { quoted } from '../../domain/web/quotation.ts'
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
    'Returns the readable text of a public web page or PDF as Markdown. A long one comes in parts: go on at next_offset.',
  groups: ['web'],
  needs: ['pages'],
  annotations,
  input: Type.Object(
    {
      url: Address,
      selector: Type.Optional(
        Type.String({
          maxLength: 500,
          description: 'CSS selector; body for all. Default: the main part.'
        })
      ),
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 2_000_000,
          default: 0,
          description: 'Characters to skip.'
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
    const answer = await web.readPage(principal.user_id, url, {
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
    } = await readText(answer, selector || undefined, signal)
    if (whole === '') {
      throw new ToolError(
        `${answer.url} has no text that can be read; it may need a browser, or be a scan. Try selector "body", or look for the same elsewhere.`
      )
    }
    if (offset >= whole.length) {
      throw new ToolError(
        `The text of ${answer.url} has ${whole.length} characters; offset must be smaller.`
      )
    }
    const text = cut(whole.slice(offset).replace(/^[\uDC00-\uDFFF]/, ''), TEXT_BUDGET)
    const next = offset + text.length
    return {
      url: answer.url,
      fetched_at: new Date().toISOString(),
      notice: NOTICE,
      content_type: answer.type || 'unknown',
      ...present({
        title: plain(title, FACT_LENGTH),
        byline: plain(byline, FACT_LENGTH),
        published: plain(published, FACT_LENGTH)
      }),
      ...present({ note: note ?? unreadable(whole) }),
      text,
      total_length: whole.length,
      ...(next < whole.length && { next_offset: next })
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
    const facts = [
      title && `Title: ${title}`,
      byline && `By: ${byline}`,
      published && `Published: ${published}`,
      ''
    ].filter((fact) => fact !== undefined)
    const rest =
      next === undefined ? '' : `\n(The text has ${total} characters; go on with offset ${next}.)`
    return `Source: ${url}, read at ${at}\n${notice}${note ? `\n${note}` : ''}\n\n${quoted('page', `${facts.join('\n')}\n${text}`)}${rest}`
  }
})

/**
 * What to know of a text in which characters are missing, as in a PDF whose fonts do not name
 * theirs.
 */
function unreadable(text: string): string | undefined {
  const count = text.match(/\ufffd/g)?.length ?? 0
  return count === 0 ? undefined : `${count} characters could not be read and stand as U+FFFD.`
}
