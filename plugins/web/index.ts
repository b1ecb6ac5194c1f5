import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { WebAccess, WebAnswer, WebProvider, WebRequest } from '../../domain/web/access.ts'
import { offlineWeb } from '../../domain/web/offline.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { type FetchedAnswer, FetchRefusedError } from '../guarded-fetch/index.ts'
import { adviceFor } from './advice.ts'
import { type HostRules, hostRules } from './host-rules.ts'
import { RequestPace } from './pace.ts'
import { providerQuota, requestLimits, type RunWithinLimits } from './quota.ts'
import { RobotsPolicy } from './robots.ts'

declare module 'fastify' {
  interface FastifyInstance {
    web: WebAccess
  }
}

const TIMEOUT_MS = 20_000
const MAX_REDIRECTS = 5
const INTERVAL_MS = 1000
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

/** What every request shares: the limits, the operator's rules, and the times of each host. */
interface WebPolicy {
  runWithinLimits: RunWithinLimits
  rules: HostRules
  pace: RequestPace
}

function openWeb(app: FastifyInstance): WebAccess {
  const providers = providerQuota(app)
  const policy: WebPolicy = {
    runWithinLimits: requestLimits(app, providers),
    rules: hostRules(app.config),
    pace: new RequestPace()
  }
  return { ...providers, readPage: pageReader(app, policy), ask: providerClient(app, policy) }
}

/** Returns the function that reads pages as their robots.txt allows. */
function pageReader(
  app: FastifyInstance,
  { runWithinLimits, rules, pace }: WebPolicy
): WebAccess['readPage'] {
  const allowedPorts = (app.config.WEB_ALLOWED_PORTS ?? '').split(',').map((port) => port.trim())
  const robots = new RobotsPolicy((url) =>
    app.guardedFetch(url, {
      ...ROBOTS_OPTIONS,
      ports: allowedPorts,
      permit: rules.permit,
      admit: async (robotsUrl, addresses) => rules.checkDenied(robotsUrl, addresses)
    })
  )
  return async (userId, url, request) => {
    const fetchPage = () =>
      app.guardedFetch(url, {
        ...fetchLimits(request),
        redirects: MAX_REDIRECTS,
        plainHttp: true,
        ports: allowedPorts,
        headers: { accept: `${request.types.join(', ')}, */*;q=0.1` },
        permit: rules.permit,
        async admit(pageUrl, addresses) {
          rules.checkDenied(pageUrl, addresses)
          await robots.admit(userId, pageUrl)
          await pace.turn(`${userId} ${pageUrl.hostname}`, INTERVAL_MS, request.signal)
        }
      })
    const answer = await runWithinLimits(userId, 'pages', () => toWebAnswer(url, fetchPage))
    if (answer.status === 200) return answer
    throw new ToolError(
      `${url.slice(0, 300)} answered with status ${answer.status}. ${adviceFor(answer.status)}`
    )
  }
}

/** Returns the function that sends requests to the providers. */
function providerClient(
  app: FastifyInstance,
  { runWithinLimits, rules, pace }: WebPolicy
): WebAccess['ask'] {
  const { BRAVE_SEARCH_API_KEY: braveKey } = app.config
  return (userId, provider, pathAndQuery, request) => {
    const { origin, everyMs } = providerOrigins[provider]
    const fetchAnswer = () =>
      app.guardedFetch(origin + pathAndQuery, {
        ...fetchLimits(request),
        headers: {
          accept: request.types.join(', '),
          ...(provider === 'brave' && { 'x-subscription-token': braveKey! })
        },
        async admit(url, addresses) {
          rules.checkDenied(url, addresses)
          const paceKey = everyMs === undefined ? `${userId} ${url.hostname}` : url.hostname
          await pace.turn(paceKey, everyMs ?? INTERVAL_MS, request.signal)
        }
      })
    return runWithinLimits(userId, provider, () => toWebAnswer(origin, fetchAnswer))
  }
}

function fetchLimits({ types, maxBytes, signal }: WebRequest) {
  return { types, maxBytes, signal, timeoutMs: TIMEOUT_MS }
}

/** Fetches, and turns a refusal into a ToolError that says what failed, why, and what to do. */
async function toWebAnswer(url: string, fetch: () => Promise<FetchedAnswer>): Promise<WebAnswer> {
  try {
    const { status, body, headers, url: lastUrl } = await fetch()
    const [type = '', ...parameters] = String(headers['content-type'] ?? '')
      .split(';')
      .map((part) => part.trim())
    const charset = parameters
      .map((parameter) => /^charset="?([^"]+)"?$/i.exec(parameter)?.[1])
      .find(Boolean)
    return { url: lastUrl, status, body, type: type.toLowerCase(), charset }
  } catch (error) {
    if (!(error instanceof FetchRefusedError)) throw error
    throw new ToolError(
      `${url.slice(0, 300)} was not read: ${error.message}. ${adviceFor(error.reason)}`
    )
  }
}
