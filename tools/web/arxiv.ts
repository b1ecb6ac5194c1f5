import { Type } from 'typebox'
import { closed } from '../../domain/memory/fields.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import {
  webAnnotations,
  resultCount,
  SearchResults,
  searchResultsText,
  boundResults
} from './fields.ts'
import { httpLink, plainText, presentFields } from '../../domain/web/plain.ts'
import { findOrFetchRecent } from '../../domain/web/recent.ts'

/** New papers come once a day. */
const KEPT_SECONDS = 12 * 3600
const MAX_BYTES = 2 * 1024 * 1024
const MAX_WORDS = 20

interface FeedNode {
  textContent: string
  getAttribute: (name: string) => string | null
  querySelector: (selector: string) => FeedNode | null
  querySelectorAll: (selector: string) => Iterable<FeedNode>
}

export const arxivSearch = tool({
  name: 'arxiv_search',
  title: 'Search arXiv',
  description:
    'Searches papers on arXiv: title, authors, abstract, date, categories, PDF. Use it ' +
    'for research; for other pages, use brave_web_search. All words must occur, "..." ' +
    'together; its own fields work too (ti:, au:, AND, OR).',
  example: { query: 'ti:attention au:vaswani' },
  groups: ['web'],
  needs: ['arxiv'],
  annotations: webAnnotations,
  input: Type.Object(
    {
      query: Type.String({
        minLength: 1,
        maxLength: 500,
        description: 'Words, or fields such as ti: and au:.'
      }),
      max_results: resultCount(20, 5),
      category: Type.Optional(
        Type.String({ maxLength: 40, description: 'Category of arXiv, such as cs.LG.' })
      )
    },
    closed
  ),
  output: SearchResults,
  async run({ query, max_results: most = 5, category }, context) {
    const searchParameters = new URLSearchParams({
      search_query: arxivQuery(query, category),
      start: '0',
      max_results: String(most),
      sortBy: 'relevance',
      sortOrder: 'descending'
    })
    const { answer: results, at } = await findOrFetchRecent(
      context,
      ['arxiv', searchParameters.toString()],
      KEPT_SECONDS,
      async () => {
        const { status, body } = await context.web.ask(
          context.principal.user_id,
          'arxiv',
          `/api/query?${searchParameters}`,
          {
            types: ['application/atom+xml', 'application/xml', 'text/xml'],
            maxBytes: MAX_BYTES,
            signal: context.signal
          }
        )
        if (status === 400) {
          throw new ToolError(
            'arXiv does not understand the query. Use plain words, or its fields as in: ' +
              'ti:"attention" AND au:vaswani.'
          )
        }
        if (status !== 200) {
          throw new ToolError(`arXiv answers with the status ${status}. Try again later.`)
        }
        return parsePapers(body.toString('utf8'))
      }
    )
    return boundResults({ query, fetched_at: at, results })
  },
  text: searchResultsText
})

/**
 * What arXiv is asked: words must all occur, in any field; a query in its own language stays as it
 * is. Throws ToolError.
 */
function arxivQuery(query: string, category: string | undefined): string {
  if (category && !/^[a-z-]+(\.[A-Za-z-]+)?$/.test(category)) {
    throw new ToolError(
      `"${category}" is no category of arXiv. Give one such as cs.LG, or leave it out.`
    )
  }
  const usesFields = /\b(ti|au|abs|co|jr|cat|rn|id|all):/.test(query)
  const queryWords = query.match(/"[^"]+"|[^\s"():]+/g) ?? []
  if (queryWords.length === 0) throw new ToolError('query is empty. Give the words to search for.')
  const searchExpression = usesFields
    ? query.trim()
    : queryWords
        .slice(0, MAX_WORDS)
        .map((word) => `all:${word}`)
        .join(' AND ')
  return category ? `(${searchExpression}) AND cat:${category}` : searchExpression
}

/** The entries of the Atom feed. Throws ToolError when arXiv tells of an error in one. */
async function parsePapers(atom: string) {
  const { DOMParser } = await import('linkedom')
  const atomFeed = new DOMParser().parseFromString(atom, 'text/xml') as unknown as FeedNode
  return [...atomFeed.querySelectorAll('entry')].flatMap((entry) => {
    const entryText = (selector: string, limit: number) =>
      plainText(entry.querySelector(selector)?.textContent, limit)
    const paperUrl = httpLink(entryText('id', 300))
    if (!paperUrl) return []
    if (paperUrl.includes('/api/errors')) {
      throw new ToolError(
        `arXiv says: ${entryText('summary', 300) ?? 'the query is wrong'}. Correct the query.`
      )
    }
    return {
      title: entryText('title', 400) ?? paperUrl,
      url: paperUrl.replace(/^http:/, 'https:'),
      arxiv_id: paperUrl.replace(/^.*\/abs\//, ''),
      authors: [...entry.querySelectorAll('author > name')]
        .map((author) => plainText(author.textContent, 100))
        .filter((name) => name !== undefined)
        .slice(0, 30),
      abstract: entryText('summary', 2000) ?? '',
      ...presentFields({
        pdf_url: httpLink(
          [...entry.querySelectorAll('link')]
            .find((linkElement) => linkElement.getAttribute('title') === 'pdf')
            ?.getAttribute('href')
        )?.replace(/^http:/, 'https:'),
        published: entryText('published', 40),
        updated: entryText('updated', 40)
      }),
      categories: [...entry.querySelectorAll('category')]
        .map((categoryElement) => categoryElement.getAttribute('term'))
        .filter((term) => term !== null)
        .slice(0, 10)
    }
  })
}
