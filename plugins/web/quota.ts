import type { FastifyInstance } from 'fastify'
import { countWebRequest } from '../../db/web/requests.ts'
import type { WebAccess, WebProvider } from '../../domain/web/access.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { FetchGovernor } from '../guarded-fetch/fetch-governor.ts'
import { commandName } from '../../lib/command-name.ts'

/** Parallel requests of one user and of all users: each may hold 10 MB. */
const MAX_PARALLEL_EACH = 16
const MAX_PARALLEL = 32

/** The configured providers, and the requests that one user may send to each in a day. */
export type ProviderQuota = Pick<WebAccess, 'providers' | 'quota'>

/** Reads which providers the operator configured, and their daily quotas. */
export function providerQuota({ config }: FastifyInstance): ProviderQuota {
  const { WEB_QUOTA_PER_DAY: pageQuota, BRAVE_QUOTA_PER_DAY: braveQuota } = config
  return {
    providers: new Set<WebProvider>([
      'pages',
      'arxiv',
      ...(config.YOUTUBE_TOOLS ? ['youtube' as const] : []),
      ...(config.BRAVE_SEARCH_API_KEY ? ['brave' as const] : [])
    ]),
    quota: { pages: pageQuota, arxiv: pageQuota, youtube: pageQuota, brave: braveQuota }
  }
}

/**
 * Runs a request within the limits: some at a time, and a number a day for each user. Throws
 * ToolError.
 */
export type RunWithinLimits = <T>(
  userId: string,
  provider: WebProvider,
  fetch: () => Promise<T>
) => Promise<T>

/** Returns the function that every web request goes through. */
export function requestLimits(
  app: FastifyInstance,
  { providers, quota }: ProviderQuota
): RunWithinLimits {
  const governor = new FetchGovernor({
    perHost: MAX_PARALLEL_EACH,
    atOnce: MAX_PARALLEL,
    perMinute: Infinity
  })

  async function consumeQuota(userId: string, provider: WebProvider): Promise<void> {
    if (!providers.has(provider)) {
      throw new ToolError(
        `The provider ${provider} is not set up on this server. Its operator can set it up: ` +
          `${commandName} doctor explains how.`
      )
    }
    if (await countWebRequest(app.db, userId, provider, quota[provider])) return
    throw new ToolError(
      `You have had all ${quota[provider]} requests of today to ` +
        `${provider === 'pages' ? 'web pages' : provider}. Continue with what you have, or try ` +
        'again after midnight UTC.'
    )
  }

  return async (userId, provider, fetch) => {
    const result = await governor.run(userId, async () => {
      await consumeQuota(userId, provider)
      return { answer: await fetch() }
    })
    if (result) return result.answer
    throw new ToolError(
      'Too many web requests are running. Try again in a few seconds, with fewer at once.'
    )
  }
}
