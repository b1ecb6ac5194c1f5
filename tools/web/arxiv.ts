import { DOMParser } from 'linkedom'
import { Type } from 'typebox'
import { closed } from '../../domain/memory/fields.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { annotations, count, Found, foundText, noticed } from './fields.ts'
import { link, plain, present } from '../../domain/web/plain.ts'
import { recent } from '../../domain/web/recent.ts'

/** New papers come once a day. */
const KEPT_SECONDS = 12 * 3600
const MAX_BYTES = 2 * 1024 * 1024
const MAX_WORDS = 20

interface Node {
  textContent: string
  getAttribute: (name: string) => string | null
  querySelector: (selector: string) => Node | null
  querySelectorAll: (selector: string) => Iterable<Node>
}

export const arxivSearch = tool({
  name: 'arxiv_search',
  title: 'Search arXiv',
  description:
    'Searches papers on arXiv: title, authors, abstract, date, categories, PDF. All words must occur, "..." together; its own fields work too (ti:, au:, AND, OR).',
  groups: ['web'],
  needs: ['arxiv'],
  annotations,
  input: Type.Object(
    {
      query: Type.String({ minLength: 1, maxLength: 500, description: 'Words.' }),
      max_results: count(20, 5),
      category: Type.Optional(Type.String({ maxLength: 40, description: 'Such as cs.LG.' }))
    },
    closed
  ),
  output: Found,
  async run({ query, max_results: most = 5, category }, context) {
    const parameters = new URLSearchParams({
      search_query: asked(query, category),
      start: '0',
      max_results: String(most),
      sortBy: 'relevance',
      sortOrder: 'descending'
    })
    const { found: results, at } = await recent(
      context,
      ['arxiv', parameters.toString()],
      KEPT_SECONDS,
      async () => {
        const { status, body } = await context.web.ask(
          context.principal.user_id,
          'arxiv',
          `/api/query?${parameters}`,
          {
            types: ['application/atom+xml', 'application/xml', 'text/xml'],
            maxBytes: MAX_BYTES,
            signal: context.signal
          }
        )
        if (status === 400) {
          throw new ToolError(
            'arXiv does not understand the query. Use plain words, or its fields as in: ti:"attention" AND au:vaswani.'
          )
        }
        if (status !== 200) {
          throw new ToolError(`arXiv answers with the status ${status}. Try again later.`)
        }
        return papers(body.toString('utf8'))
      }
    )
    return noticed({ query, fetched_at: at, results })
  },
  text: foundText
})

/**
 * What arXiv is asked: words must all occur, in any field; a query in its own language stays as it
 * is. Throws ToolError.
 */
function asked(query: string, category: string | undefined): string {
  if (category && !/^[a-z-]+(\.[A-Za-z-]+)?$/.test(category)) {
    throw new ToolError(
      `"${category}" is no category of arXiv. Give one such as cs.LG, or leave it out.`
    )
  }
  const fields = /\b(ti|au|abs|co|jr|cat|rn|id|all):/.test(query)
  const words = query.match(/"[^"]+"|[^\s"():]+/g) ?? []
  if (words.length === 0) throw new ToolError('query is empty. Give the words to search for.')
  const search = fields
    ? query.trim()
    : words
        .slice(0, MAX_WORDS)
        .map((word) => `all:${word}`)
        .join(' AND ')
  return category ? `(${search}) AND cat:${category}` : search
}

/** The entries of the Atom feed. Throws ToolError when arXiv tells of an error in one. */
function papers(atom: string) {
  const feed = new DOMParser().parseFromString(atom, 'text/xml') as unknown as Node
  return [...feed.querySelectorAll('entry')].flatMap((entry) => {
    const said = (selector: string, limit: number) =>
      plain(entry.querySelector(selector)?.textContent, limit)
    const url = link(said('id', 300))
    if (!url) return []
    if (url.includes('/api/errors')) {
      throw new ToolError(
        `arXiv says: ${said('summary', 300) ?? 'the query is wrong'}. Correct the query.`
      )
    }
    return {
      title: said('title', 400) ?? url,
      url: url.replace(/^http:/, 'https:'),
      arxiv_id: url.replace(/^.*\/abs\//, ''),
      authors: [...entry.querySelectorAll('author > name')]
        .map((author) => plain(author.textContent, 100))
        .filter((name) => name !== undefined)
        .slice(0, 30),
      abstract: said('summary', 2000) ?? '',
      ...present({
        pdf_url: link(
          [...entry.querySelectorAll('link')]
            .find((one) => one.getAttribute('title') === 'pdf')
            ?.getAttribute('href')
        )?.replace(/^http:/, 'https:'),
        published: said('published', 40),
        updated: said('updated', 40)
      }),
      categories: [...entry.querySelectorAll('category')]
        .map((one) => one.getAttribute('term'))
        .filter((term) => term !== null)
        .slice(0, 10)
    }
  })
}
