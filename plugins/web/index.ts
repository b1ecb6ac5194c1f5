import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { countWebRequest } from '../../db/web/requests.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { WebProvider, WebAccess, WebAnswer, WebRequest } from '../../domain/web/access.ts'
import { offlineWeb } from '../../domain/web/offline.ts'
import { type FetchedAnswer, FetchRefusedError } from '../guarded-fetch/index.ts'
import { FetchGovernor } from '../guarded-fetch/fetch-governor.ts'
import { parseHostLists } from './hosts.ts'
import { RequestPace } from './pace.ts'
import { RobotsPolicy } from './robots.ts'
import { adviceFor } from './advice.ts'

declare module 'fastify' {
  interface FastifyInstance {
    web: WebAccess
  }
}

const TIMEOUT_MS = 20_000
const MAX_REDIRECTS = 5
const INTERVAL_MS = 1000
const MAX_ADDRESS_LENGTH = 4000
/** Parallel requests of one user and of all users: each may hold 10 MB. */
const MAX_PARALLEL_EACH = 16
const MAX_PARALLEL = 32
const ROBOTS_OPTIONS = {
  maxBytes: 512 * 1024,
  timeoutMs: 5000,
  redirects: MAX_REDIRECTS,
  plainHttp: true
}
/** Addresses of the providers. arXiv allows one request in three seconds for the whole server. */
const providerOrigins: Record<
  Exclude<WebProvider, 'pages'>,
  { origin: string; everyMs?: number }
> = {
  brave: { origin: 'https://api.search.brave.com' },
  arxiv: { origin: 'https://export.arxiv.org', everyMs: 3000 },
  youtube: { origin: 'https://www.youtube.com' }
}

/** app.web: web pages and providers for tools. Throws WrongSettingError at start. */
export default fp(
  async (app) => {
    app.decorate('web', app.config.WEB_TOOLS ? openWeb(app) : offlineWeb)
  },
  { name: 'web', dependencies: ['config', 'db', 'guarded-fetch'] }
)

function openWeb(app: FastifyInstance): WebAccess {
  const {
    BRAVE_SEARCH_API_KEY: braveKey,
    WEB_QUOTA_PER_DAY: most,
    BRAVE_QUOTA_PER_DAY: mostOfBrave,
    WEB_ALLOWED_PORTS
  } = app.config
  const providers = new Set<WebProvider>([
    'pages',
    'arxiv',
    ...(app.config.YOUTUBE_TOOLS ? ['youtube' as const] : []),
    ...(braveKey ? ['brave' as const] : [])
  ])
  const { allowed, denied } = parseHostLists(app.config)
  const ports = (WEB_ALLOWED_PORTS ?? '').split(',').map((port) => port.trim())
  const quota = { pages: most, arxiv: most, youtube: most, brave: mostOfBrave }
  const pace = new RequestPace()
  const robots = new RobotsPolicy((url) =>
    app.guardedFetch(url, {
      ...ROBOTS_OPTIONS,
      ports,
      permit,
      admit: async (at, addresses) => checkDenied(at, addresses)
    })
  )
  const governor = new FetchGovernor({
    perHost: MAX_PARALLEL_EACH,
    atOnce: MAX_PARALLEL,
    perMinute: Infinity
  })

  function checkDenied({ hostname, host }: URL, addresses: string[] = []): void {
    if (denied?.has(hostname, addresses)) {
      throw new FetchRefusedError(
        'denied_host',
        `the operator of this server does not allow ${host}`
      )
    }
  }

  /** Runs before name resolution, because the DNS query already tells the owner something. */
  function permit(url: URL): void {
    if (url.href.length > MAX_ADDRESS_LENGTH) {
      throw new FetchRefusedError('bad_url', 'the address is too long')
    }
    checkDenied(url)
    if (allowed && !allowed.has(url.hostname, isIP(bareHost(url)) === 0 ? [] : [bareHost(url)])) {
      throw new FetchRefusedError(
        'denied_host',
        `the operator of this server allows other hosts than ${url.host} only`
      )
    }
  }

  async function consumeQuota(userId: string, provider: WebProvider): Promise<void> {
    if (!providers.has(provider)) {
      throw new ToolError(
        `The provider ${provider} is not set up on this server. Its operator can set it up: ` +
          'npx kagura doctor explains how.'
      )
    }
    if (await countWebRequest(app.db, userId, provider, quota[provider])) return
    throw new ToolError(
      `You have had all ${quota[provider]} requests of today to ` +
        `${provider === 'pages' ? 'web pages' : provider}. Continue with what you have, or try ` +
        'again after midnight UTC.'
    )
  }

  async function fetchWithinLimits(
    userId: string,
    provider: WebProvider,
    url: string,
    fetch: () => Promise<FetchedAnswer>
  ): Promise<WebAnswer> {
    const answer = await governor.run(userId, async () => {
      await consumeQuota(userId, provider)
      return toWebAnswer(url, fetch)
    })
    if (!answer) {
      throw new ToolError(
        'Too many web requests are running. Try again in a few seconds, with fewer at once.'
      )
    }
    return answer
  }

  return {
    providers,
    quota,
    async readPage(userId, url, request) {
      const accept = `${request.types.join(', ')}, */*;q=0.1`
      const answer = await fetchWithinLimits(userId, 'pages', url, () =>
        app.guardedFetch(url, {
          ...limits(request),
          redirects: MAX_REDIRECTS,
          plainHttp: true,
          ports,
          headers: { accept },
          permit,
          async admit(at, addresses) {
            checkDenied(at, addresses)
            await robots.admit(userId, at)
            await pace.turn(`${userId} ${at.hostname}`, INTERVAL_MS, request.signal)
          }
        })
      )
      if (answer.status !== 200) {
        throw new ToolError(
          `${url.slice(0, 300)} answered with status ${answer.status}. ${adviceFor(answer.status)}`
        )
      }
      return answer
    },
    async ask(userId, provider, pathAndQuery, request) {
      const { origin, everyMs } = providerOrigins[provider]
      const headers = {
        accept: request.types.join(', '),
        ...(provider === 'brave' && { 'x-subscription-token': braveKey! })
      }
      return fetchWithinLimits(userId, provider, origin, () =>
        app.guardedFetch(origin + pathAndQuery, {
          ...limits(request),
          headers,
          async admit(at, addresses) {
            checkDenied(at, addresses)
            await pace.turn(
              everyMs === undefined ? `${userId} ${at.hostname}` : at.hostname,
              everyMs ?? INTERVAL_MS,
              request.signal
            )
          }
        })
      )
    }
  }
}

/** The host of a URL; an IPv6 address without brackets. */
function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function limits({ types, maxBytes, signal }: WebRequest) {
  return { types, maxBytes, signal, timeoutMs: TIMEOUT_MS }
}

/** Fetches, and turns a refusal into a ToolError that says what failed, why, and what to do. */
async function toWebAnswer(url: string, fetch: () => Promise<FetchedAnswer>): Promise<WebAnswer> {
  try {
    const { status, body, headers, url: last } = await fetch()
    const [type = '', ...parameters] = String(headers['content-type'] ?? '')
      .split(';')
      .map((part) => part.trim())
    const charset = parameters
      .map((parameter) => /^charset="?([^"]+)"?$/i.exec(parameter)?.[1])
      .find(Boolean)
    return { url: last, status, body, type: type.toLowerCase(), charset }
  } catch (error) {
    if (!(error instanceof FetchRefusedError)) throw error
    throw new ToolError(
      `${url.slice(0, 300)} was not read: ${error.message}. ${adviceFor(error.reason)}`
    )
  }
}
