import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import fp from 'fastify-plugin'
import { request } from 'undici'
import { withDeadline } from '../../lib/deadline.ts'
import { findPrivateReason } from './addresses.ts'
import { readDecodedBody } from './body.ts'
import { openByProxy, openDirectly, type FetchNetwork } from './dispatcher.ts'
import { FetchRefusedError } from './refused.ts'

export type { FetchNetwork as Network } from './dispatcher.ts'
export { FetchRefusedError } from './refused.ts'

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

export interface FetchedAnswer {
  /** Of the last answer, after redirects. */
  url: string
  status: number
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/**
 * GET of an address that somebody else named. Throws FetchRefusedError; nothing that is not public is
 * ever connected to.
 */
export type GuardedFetch = (url: string, options: FetchOptions) => Promise<FetchedAnswer>

/** By this name robots.txt can address us. */
export const USER_AGENT = 'KaguraMemory'
const resolveByDns = async (host: string) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

interface NetworkWay extends FetchNetwork {
  proxy?: string | undefined
}

/**
 * app.guardedFetch: the one way out to addresses that clients and models name. `proxy`: the URL of
 * the operator's, which is asked to connect to checked addresses only.
 */
export default fp<{ network?: FetchNetwork | undefined; proxy?: string | undefined }>(
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
  way: NetworkWay,
  url: string,
  options: FetchOptions,
  deadline: AbortSignal
): Promise<FetchedAnswer> {
  let currentUrl = url
  for (let redirectsLeft = options.redirects ?? 0; ; redirectsLeft--) {
    const fetchedAnswer = await fetchOnce(
      way,
      requireAllowedUrl(currentUrl, options),
      options,
      deadline
    )
    const { location } = fetchedAnswer.headers
    if (
      fetchedAnswer.status < 300 ||
      fetchedAnswer.status > 399 ||
      fetchedAnswer.status === 304 ||
      typeof location !== 'string' ||
      (options.redirects ?? 0) === 0
    ) {
      return fetchedAnswer
    }
    if (redirectsLeft === 0) {
      throw new FetchRefusedError(
        'too_many_redirects',
        `${url} leads on more than ${options.redirects} times`
      )
    }
    if (!URL.canParse(location, currentUrl)) {
      throw new FetchRefusedError('bad_redirect', `${currentUrl} leads to no address`)
    }
    const nextUrl = new URL(location, currentUrl)
    if (nextUrl.origin !== new URL(currentUrl).origin) {
      options = {
        ...options,
        headers: { accept: lowerCaseNames(options.headers)['accept'] ?? '*/*' }
      }
    }
    currentUrl = nextUrl.href
  }
}

function lowerCaseNames(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  )
}

function requireAllowedUrl(
  text: string,
  { plainHttp = false, ports = [], permit }: FetchOptions
): URL {
  if (!URL.canParse(text)) throw new FetchRefusedError('bad_url', 'that is no URL')
  const parsedUrl = new URL(text)
  if (parsedUrl.protocol !== 'https:' && !(plainHttp && parsedUrl.protocol === 'http:')) {
    throw new FetchRefusedError('bad_scheme', `${parsedUrl.protocol} is not fetched`)
  }
  if (parsedUrl.username || parsedUrl.password) {
    throw new FetchRefusedError('user_information', 'a URL with user information is not fetched')
  }
  if (!['', '80', '443', ...ports].includes(parsedUrl.port)) {
    throw new FetchRefusedError('bad_port', `port ${parsedUrl.port} is not fetched`)
  }
  permit?.(parsedUrl)
  return parsedUrl
}

/**
 * Every address of the name must be public, and the connection goes to one of those very addresses:
 * what the name means later does not matter.
 */
async function resolvePublicAddresses(
  { resolve }: FetchNetwork,
  { hostname }: URL,
  deadline: AbortSignal
): Promise<string[]> {
  const hostName = hostname.replace(/^\[|\]$/g, '')
  const hostAddresses = isIP(hostName)
    ? [hostName]
    : await orAbort(resolve(hostName), deadline).catch((error: NodeJS.ErrnoException) => {
        throw error instanceof FetchRefusedError
          ? error
          : new FetchRefusedError(
              'unresolved',
              `${hostName} has no address (${error.code ?? error.message})`
            )
      })
  if (hostAddresses.length === 0)
    throw new FetchRefusedError('unresolved', `${hostName} has no address`)
  for (const address of hostAddresses) {
    const privateReason = findPrivateReason(address)
    if (privateReason !== undefined) {
      throw new FetchRefusedError(
        'not_public',
        `${hostName} is not on the public internet (${privateReason})`
      )
    }
  }
  return hostAddresses
}

async function fetchOnce(
  way: NetworkWay,
  url: URL,
  options: FetchOptions,
  deadline: AbortSignal
): Promise<FetchedAnswer> {
  const publicAddresses = await resolvePublicAddresses(way, url, deadline)
  if (options.admit) await orAbort(options.admit(url, publicAddresses), deadline)
  const { dispatcher, target } =
    way.proxy === undefined
      ? openDirectly(way, url, publicAddresses, options)
      : openByProxy({ ...way, proxy: way.proxy }, url, publicAddresses, options)
  const requestHeaders = {
    accept: '*/*',
    'accept-encoding': 'gzip, deflate, br',
    'user-agent': USER_AGENT,
    ...lowerCaseNames(options.headers),
    host: url.host
  }
  try {
    const httpAnswer = await request(target, {
      dispatcher,
      signal: deadline,
      headers: requestHeaders,
      method: 'GET',
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs
    })
    if (httpAnswer.statusCode < 300) refuseType(httpAnswer.headers['content-type'], options.types)
    const decodedBody = await readDecodedBody(
      httpAnswer.body,
      httpAnswer.headers,
      options.maxBytes,
      deadline
    )
    return {
      url: url.href,
      status: httpAnswer.statusCode,
      headers: httpAnswer.headers,
      body: decodedBody
    }
  } catch (error) {
    throw toFetchError(error as Error & { code?: string }, url, deadline)
  } finally {
    void dispatcher.destroy()
  }
}

function refuseType(
  stated: string | string[] | undefined,
  types: readonly string[] | undefined
): void {
  if (types === undefined || !stated) return
  const mediaType = String(stated).split(';')[0]!.trim().toLowerCase()
  if (!types.includes(mediaType)) {
    throw new FetchRefusedError(
      'unwanted_type',
      `the answer is of the type ${mediaType.slice(0, 60)}`
    )
  }
}

function toFetchError(
  error: Error & { code?: string },
  { host }: URL,
  deadline: AbortSignal
): Error {
  if (error instanceof FetchRefusedError) return error
  if (deadline.aborted || /^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/.test(error.code ?? '')) {
    return new FetchRefusedError('timeout', `${host} took too long`)
  }
  if (error.code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new FetchRefusedError('headers_too_large', `${host} sends too many headers`)
  }
  return new FetchRefusedError(
    'unreachable',
    `${host} cannot be read (${error.code ?? error.message})`
  )
}

/** The promise, or FetchRefusedError as soon as the deadline has passed. */
function orAbort<T>(promise: Promise<T>, deadline: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new FetchRefusedError('timeout', 'it took too long'))
    deadline.addEventListener('abort', giveUp, { once: true })
    if (deadline.aborted) giveUp()
    promise.then(resolve, reject)
  })
}
