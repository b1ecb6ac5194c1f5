import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import fp from 'fastify-plugin'
import { withDeadline } from '../../lib/deadline.ts'
import { findPrivateReason } from './addresses.ts'
import { readDecodedBody } from './body.ts'
import type { FetchNetwork } from './dispatcher.ts'
import { FetchRefusedError } from './refused.ts'

export type { FetchNetwork as Network } from './dispatcher.ts'
export { FetchRefusedError } from './refused.ts'

declare module 'fastify' {
  interface FastifyInstance {
    guardedFetch: GuardedFetch
  }
}

export interface FetchOptions {
  /** Limit of the body after decompression. */
  maxBytes: number
  /** Time limit for everything: resolving, connecting, all redirects, the last byte. */
  timeoutMs: number
  /** Redirects to follow; each is checked like the first address. 0 returns a redirect as is. */
  redirects?: number
  /** Allows http as well as https. */
  plainHttp?: boolean
  /** Ports allowed beside 443 and 80. */
  ports?: readonly string[]
  /** Accepted media types of a successful answer. Absent: any. */
  types?: readonly string[]
  /** Called before each name is resolved, also after a redirect. Throws to refuse the URL. */
  permit?: (url: URL) => void
  /** Called before each connection, also after a redirect. May wait; throws to refuse the URL. */
  admit?: (url: URL, addresses: string[]) => Promise<void>
  /** Headers for the first origin. Other origins receive only `accept`. */
  headers?: Record<string, string>
  /** Sends this text by POST instead of GET. Only without redirects. */
  body?: string
  /** An origin that the operator named. It may have a private address, any port, and http. */
  operatorOrigin?: string
  signal?: AbortSignal
}

export interface FetchedAnswer {
  /** The address of the last answer, after redirects. */
  url: string
  status: number
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/**
 * GET or POST of an untrusted address. Connects to public addresses only, except at the origin that
 * the operator named. Throws FetchRefusedError.
 */
export type GuardedFetch = (url: string, options: FetchOptions) => Promise<FetchedAnswer>

/** The name of this server in robots.txt. */
export const USER_AGENT = 'KaguraMemory'
const resolveByDns = async (host: string) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

interface NetworkWay extends FetchNetwork {
  proxy?: string | undefined
}

/**
 * app.guardedFetch: the only way to addresses from clients and models. `proxy`: the URL of the
 * operator's proxy, which connects to checked addresses only.
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
        `${url} redirects more than ${options.redirects} times`
      )
    }
    if (!URL.canParse(location, currentUrl)) {
      throw new FetchRefusedError('bad_redirect', `${currentUrl} redirects to an invalid address`)
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
  { plainHttp = false, ports = [], permit, operatorOrigin }: FetchOptions
): URL {
  if (!URL.canParse(text)) throw new FetchRefusedError('bad_url', 'that is not a URL')
  const parsedUrl = new URL(text)
  const isOperators = parsedUrl.origin === operatorOrigin
  const mayBeHttp = plainHttp || isOperators
  if (parsedUrl.protocol !== 'https:' && !(mayBeHttp && parsedUrl.protocol === 'http:')) {
    throw new FetchRefusedError('bad_scheme', `${parsedUrl.protocol} is not fetched`)
  }
  if (parsedUrl.username || parsedUrl.password) {
    throw new FetchRefusedError('user_information', 'a URL with user information is not fetched')
  }
  if (!isOperators && !['', '80', '443', ...ports].includes(parsedUrl.port)) {
    throw new FetchRefusedError('bad_port', `port ${parsedUrl.port} is not fetched`)
  }
  permit?.(parsedUrl)
  return parsedUrl
}

/**
 * Every address of the name must be public, unless the operator named the origin. The connection
 * uses one of these addresses, so a later change of the name has no effect.
 */
async function resolveAllowedAddresses(
  { resolve }: FetchNetwork,
  { hostname, origin }: URL,
  { operatorOrigin }: FetchOptions,
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
  if (hostAddresses.length === 0) {
    throw new FetchRefusedError('unresolved', `${hostName} has no address`)
  }
  if (origin === operatorOrigin) return hostAddresses
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
  const allowedAddresses = await resolveAllowedAddresses(way, url, options, deadline)
  if (options.admit) await orAbort(options.admit(url, allowedAddresses), deadline)
  // Loads undici at the first fetch: it takes a tenth of the start.
  const { openByProxy, openDirectly, request } = await import('./dispatcher.ts')
  const { dispatcher, target } =
    way.proxy === undefined
      ? openDirectly(way, url, allowedAddresses, options)
      : openByProxy({ ...way, proxy: way.proxy }, url, allowedAddresses, options)
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
      method: options.body === undefined ? 'GET' : 'POST',
      ...(options.body !== undefined && { body: options.body }),
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

/** The promise, or FetchRefusedError when the deadline passes. */
function orAbort<T>(promise: Promise<T>, deadline: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new FetchRefusedError('timeout', 'it took too long'))
    deadline.addEventListener('abort', giveUp, { once: true })
    if (deadline.aborted) giveUp()
    promise.then(resolve, reject)
  })
}
