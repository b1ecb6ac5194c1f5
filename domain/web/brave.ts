import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { link, list, object, plain, present } from './plain.ts'
import { recent } from './recent.ts'

const KEPT_SECONDS = 3600
const MAX_BYTES = 2 * 1024 * 1024
/** What Brave takes of a question. */
const MAX_WORDS = 50
const LONGEST = 400

type Search = 'web' | 'news' | 'images' | 'videos'
type Row<T> = (result: Record<string, unknown>) => T | undefined

/**
 * The results of a search, as Brave gives them, put into the form of `row`; what has none is left
 * out. Throws ToolError.
 */
export async function braveSearch<T extends object>(
  context: CallContext,
  search: Search,
  query: string,
  parameters: Record<string, string | number>,
  row: Row<T>
) {
  const q = query.trim().split(/\s+/).slice(0, MAX_WORDS).join(' ').slice(0, LONGEST)
  if (q === '') throw new ToolError('query is empty. Give the words to search for.')
  const asked = new URLSearchParams({
    q,
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
  })
  const { found, at } = await recent(
    context,
    ['brave', search, asked.toString()],
    KEPT_SECONDS,
    async () => {
      const { status, body } = await context.web.ask(
        context.principal.user_id,
        'brave',
        `/res/v1/${search}/search?${asked}`,
        { types: ['application/json'], maxBytes: MAX_BYTES, signal: context.signal }
      )
      if (status !== 200) throw refusal(status)
      const answer = parsed(body)
      return list(search === 'web' ? object(answer['web'])['results'] : answer['results'])
        .map((result) => row(object(result)))
        .filter((result) => result !== undefined)
    }
  )
  return { query: q, fetched_at: at, results: found }
}

function refusal(status: number): ToolError {
  if (status === 401 || status === 403) {
    return new ToolError(
      'Brave does not accept the key of this server. Its operator has to correct BRAVE_SEARCH_API_KEY.'
    )
  }
  if (status === 429) {
    return new ToolError(
      'Brave has had too many requests from this server for now. Wait a minute, or ask less.'
    )
  }
  if (status === 422 || status === 400) {
    return new ToolError('Brave does not understand the search. Use fewer and plainer words.')
  }
  return new ToolError(`Brave answers with the status ${status}. Try again later.`)
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    return object(JSON.parse(body.toString('utf8')))
  } catch {
    throw new ToolError('Brave answers with something that is no JSON. Try again later.')
  }
}

/** A result of a web or news search; undefined without an address. */
export function webResult(result: Record<string, unknown>) {
  const url = link(result['url'])
  if (url === undefined) return undefined
  return {
    title: plain(result['title'], 300) ?? url,
    url,
    ...present({
      description: plain(result['description'], 1000),
      published: plain(result['page_age'], 40),
      age: plain(result['age'], 40),
      site: plain(object(result['meta_url'])['hostname'] ?? object(result['profile'])['name'], 100)
    })
  }
}
