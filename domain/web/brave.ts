import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { httpLink, asList, asObject, plainText, presentFields } from './plain.ts'
import { findOrFetchRecent } from './recent.ts'

const KEPT_SECONDS = 3600
const MAX_BYTES = 2 * 1024 * 1024
/** Brave's limits for a query. */
const MAX_WORDS = 50
const MAX_QUERY_LENGTH = 400

type BraveVertical = 'web' | 'news' | 'images' | 'videos'
type ResultMapper<T> = (result: Record<string, unknown>) => T | undefined

/** Searches with Brave and maps each result with `row`; drops undefined ones. Throws ToolError. */
export async function braveSearch<T extends object>(
  context: CallContext,
  search: BraveVertical,
  query: string,
  parameters: Record<string, string | number>,
  row: ResultMapper<T>
) {
  const braveQuery = query
    .trim()
    .split(/\s+/)
    .slice(0, MAX_WORDS)
    .join(' ')
    .slice(0, MAX_QUERY_LENGTH)
  if (braveQuery === '') throw new ToolError('query is empty. Give the words to search for.')
  const urlParameters = new URLSearchParams({
    q: braveQuery,
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
  })
  const { answer, at } = await findOrFetchRecent(
    context,
    ['brave', search, urlParameters.toString()],
    KEPT_SECONDS,
    async () => {
      const { status, body } = await context.web.ask(
        context.principal.user_id,
        'brave',
        `/res/v1/${search}/search?${urlParameters}`,
        { types: ['application/json'], maxBytes: MAX_BYTES, signal: context.signal }
      )
      if (status !== 200) throw braveRefusal(status)
      const braveAnswer = parseBraveAnswer(body)
      return asList(
        search === 'web' ? asObject(braveAnswer['web'])['results'] : braveAnswer['results']
      )
        .map((result) => row(asObject(result)))
        .filter((result) => result !== undefined)
    }
  )
  return { query: braveQuery, fetched_at: at, results: answer }
}

function braveRefusal(status: number): ToolError {
  if (status === 401 || status === 403) {
    return new ToolError(
      'Brave rejects the key of this server. Its operator must correct BRAVE_SEARCH_API_KEY.'
    )
  }
  if (status === 429) {
    return new ToolError(
      'Brave received too many requests from this server. Wait a minute, or send fewer.'
    )
  }
  if (status === 422 || status === 400) {
    return new ToolError('Brave does not understand the query. Use fewer and simpler words.')
  }
  return new ToolError(`Brave answered with status ${status}. Try again later.`)
}

function parseBraveAnswer(body: Buffer): Record<string, unknown> {
  try {
    return asObject(JSON.parse(body.toString('utf8')))
  } catch {
    throw new ToolError('The answer of Brave is not JSON. Try again later.')
  }
}

/** Maps a result of a web or news search; undefined if it has no address. */
export function mapWebResult(result: Record<string, unknown>) {
  const resultUrl = httpLink(result['url'])
  if (resultUrl === undefined) return undefined
  return {
    title: plainText(result['title'], 300) ?? resultUrl,
    url: resultUrl,
    ...presentFields({
      description: plainText(result['description'], 1000),
      published: plainText(result['page_age'], 40),
      age: plainText(result['age'], 40),
      site: plainText(
        asObject(result['meta_url'])['hostname'] ?? asObject(result['profile'])['name'],
        100
      )
    })
  }
}
