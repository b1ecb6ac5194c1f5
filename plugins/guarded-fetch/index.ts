import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import fp from 'fastify-plugin'
import { request } from 'undici'
import { withDeadline } from '../../lib/deadline.ts'
import { privateReason } from './addresses.ts'
import { decodedBody } from './body.ts'
import { byProxy, directly, type Network } from './dispatcher.ts'
import { FetchRefused } from './refused.ts'

export type { Network } from './dispatcher.ts'
export { FetchRefused } from './refused.ts'

declare module 'fastify' {
  interface FastifyInstance {
    guardedFetch: GuardedFetch
  }
}

export interface FetchOptions {
  /** Of the body, after decompression. */
  maxBytes: number
  /** For everything: resolving, connecting, all redirects, the last byte. */
  timeoutMs: number
  /**
   * Redirects that are followed, each checked like the first address. 0: a redirect is an answer
   * like any other.
   */
  redirects?: number
  /** http too, not only https. */
  plainHttp?: boolean
  /** Other ports than 443 and 80. */
  ports?: readonly string[]
  /** Media types of a good answer that are read; of another, nothing is. Any when absent. */
  types?: readonly string[]
  /** Asked before each name is resolved, also that of a redirect: throws to refuse it. */
  permit?: (url: URL) => void
  /**
   * Asked before each connection, also that of a redirect: throws to refuse it, and may take its
   * time.
   */
  admit?: (url: URL, addresses: string[]) => Promise<void>
  /** Sent to the origin that was asked first; of them only `accept` goes on to another. */
  headers?: Record<string, string>
  signal?: AbortSignal
}

export interface Fetched {
  /** Of the last answer, after redirects. */
  url: string
  status: number
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/**
 * GET of an address that somebody else named. Throws FetchRefused; nothing that is not public is
 * ever connected to.
 */
export type GuardedFetch = (url: string, options: FetchOptions) => Promise<Fetched>

/** By this name robots.txt can address us. */
export const USER_AGENT = 'KaguraMemory'
const resolveByDns = async (host: string) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

interface Way extends Network {
  proxy?: string | undefined
}

/**
 * app.guardedFetch: the one way out to addresses that clients and models name. `proxy`: the URL of
 * the operator's, which is asked to connect to checked addresses only.
 */
export default fp<{ network?: Network | undefined; proxy?: string | undefined }>(
  async (app, { network = { resolve: resolveByDns }, proxy }) => {
    app.decorate('guardedFetch', (url, options) =>
      withDeadline(options.timeoutMs, [options.signal], (deadline) =>
        guardedFetch({ ...network, proxy }, url, options, deadline)
      )
    )
  },
  { name: 'guarded-fetch' }
)

async function guardedFetch(
  way: Way,
  url: string,
  options: FetchOptions,
  deadline: AbortSignal
): Promise<Fetched> {
  let at = url
  for (let left = options.redirects ?? 0; ; left--) {
    const answer = await fetchOnce(way, checkedUrl(at, options), options, deadline)
    const { location } = answer.headers
    if (
      answer.status < 300 ||
      answer.status > 399 ||
      answer.status === 304 ||
      typeof location !== 'string' ||
      (options.redirects ?? 0) === 0
    ) {
      return answer
    }
    if (left === 0) {
      throw new FetchRefused(
        'too_many_redirects',
        `${url} leads on more than ${options.redirects} times`
      )
    }
    if (!URL.canParse(location, at)) {
      throw new FetchRefused('bad_redirect', `${at} leads to no address`)
    }
    const next = new URL(location, at)
    if (next.origin !== new URL(at).origin) {
      options = { ...options, headers: { accept: lowerCased(options.headers)['accept'] ?? '*/*' } }
    }
    at = next.href
  }
}

function lowerCased(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  )
}

function checkedUrl(text: string, { plainHttp = false, ports = [], permit }: FetchOptions): URL {
  if (!URL.canParse(text)) throw new FetchRefused('bad_url', 'that is no URL')
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(plainHttp && url.protocol === 'http:')) {
    throw new FetchRefused('bad_scheme', `${url.protocol} is not fetched`)
  }
  if (url.username || url.password) {
    throw new FetchRefused('user_information', 'a URL with user information is not fetched')
  }
  if (!['', '80', '443', ...ports].includes(url.port)) {
    throw new FetchRefused('bad_port', `port ${url.port} is not fetched`)
  }
  permit?.(url)
  return url
}

/**
 * Every address of the name must be public, and the connection goes to one of those very addresses:
 * what the name means later does not matter.
 */
async function checkedAddresses(
  { resolve }: Network,
  { hostname }: URL,
  deadline: AbortSignal
): Promise<string[]> {
  const host = hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host)
    ? [host]
    : await orAbort(resolve(host), deadline).catch((error: NodeJS.ErrnoException) => {
        throw error instanceof FetchRefused
          ? error
          : new FetchRefused(
              'unresolved',
              `${host} has no address (${error.code ?? error.message})`
            )
      })
  if (addresses.length === 0) throw new FetchRefused('unresolved', `${host} has no address`)
  for (const address of addresses) {
    const reason = privateReason(address)
    if (reason !== undefined) {
      throw new FetchRefused('not_public', `${host} is not on the public internet (${reason})`)
    }
  }
  return addresses
}

async function fetchOnce(
  way: Way,
  url: URL,
  options: FetchOptions,
  deadline: AbortSignal
): Promise<Fetched> {
  const addresses = await checkedAddresses(way, url, deadline)
  if (options.admit) await orAbort(options.admit(url, addresses), deadline)
  const { dispatcher, target } =
    way.proxy === undefined
      ? directly(way, url, addresses, options)
      : byProxy({ ...way, proxy: way.proxy }, url, addresses, options)
  const headers = {
    accept: '*/*',
    'accept-encoding': 'gzip, deflate, br',
    'user-agent': USER_AGENT,
    ...lowerCased(options.headers),
    host: url.host
  }
  try {
    const answer = await request(target, {
      dispatcher,
      signal: deadline,
      headers,
      method: 'GET',
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs
    })
    if (answer.statusCode < 300) refuseType(answer.headers['content-type'], options.types)
    const body = await decodedBody(answer.body, answer.headers, options.maxBytes, deadline)
    return { url: url.href, status: answer.statusCode, headers: answer.headers, body }
  } catch (error) {
    throw worded(error as Error & { code?: string }, url, deadline)
  } finally {
    void dispatcher.destroy()
  }
}

function refuseType(
  stated: string | string[] | undefined,
  types: readonly string[] | undefined
): void {
  if (types === undefined || !stated) return
  const type = String(stated).split(';')[0]!.trim().toLowerCase()
  if (!types.includes(type)) {
    throw new FetchRefused('unwanted_type', `the answer is of the type ${type.slice(0, 60)}`)
  }
}

function worded(error: Error & { code?: string }, { host }: URL, deadline: AbortSignal): Error {
  if (error instanceof FetchRefused) return error
  if (deadline.aborted || /^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/.test(error.code ?? '')) {
    return new FetchRefused('timeout', `${host} took too long`)
  }
  if (error.code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new FetchRefused('headers_too_large', `${host} sends too many headers`)
  }
  return new FetchRefused('unreachable', `${host} cannot be read (${error.code ?? error.message})`)
}

/** The promise, or FetchRefused as soon as the deadline has passed. */
function orAbort<T>(promise: Promise<T>, deadline: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new FetchRefused('timeout', 'it took too long'))
    deadline.addEventListener('abort', giveUp, { once: true })
    if (deadline.aborted) giveUp()
    promise.then(resolve, reject)
  })
}
