import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import autoload from '@fastify/autoload'
import Fastify, { type FastifyInstance } from 'fastify'
import audit from './plugins/audit.ts'
import auth from './plugins/auth/index.ts'
import bodyDeadline from './plugins/body-deadline.ts'
import bodyText from './plugins/body-text.ts'
import config, { type Config, trustedProxies } from './plugins/config/index.ts'
import consentViews from './plugins/consent-views/index.ts'
import consolePages from './plugins/console/index.ts'
import db from './plugins/db.ts'
import doctor from './plugins/doctor/index.ts'
import drain from './plugins/drain.ts'
import { addressErrorHandler } from './plugins/error-handler/dialects.ts'
import embedder from './plugins/embedder/index.ts'
import setupToken from './plugins/setup-token.ts'
import formParameters from './plugins/form-parameters.ts'
import github from './plugins/github.ts'
import imports from './plugins/imports/index.ts'
import guardedFetch, { type Network } from './plugins/guarded-fetch/index.ts'
import maintenance from './plugins/maintenance.ts'
import oidc from './plugins/oidc/index.ts'
import passkeys from './plugins/passkeys.ts'
import secondFactor from './plugins/second-factor.ts'
import signIn from './plugins/sign-in.ts'
import reindexing from './plugins/reindexing.ts'
import mcpUrl from './plugins/mcp-url.ts'
import mcpSse, { type Fixtures } from './plugins/mcp-sse/index.ts'
import oauthServer from './plugins/oauth-server/index.ts'
import publicUrl from './plugins/public-url.ts'
import refusals from './plugins/refusals.ts'
import notices from './plugins/notices.ts'
import errorHandler from './plugins/error-handler/index.ts'
import rateLimit from './plugins/rate-limit.ts'
import seal from './plugins/seal.ts'
import { listEndpoints } from './routes/endpoints.ts'
import { logStream } from './lib/terminal-log.ts'
import security from './plugins/security.ts'
import toolCalls from './plugins/tool-calls/index.ts'
import web from './plugins/web/index.ts'

/**
 * Connections that may wait for accept(). With Node's default of 511, part of a burst of a thousand
 * was refused. The limit of the operating system applies too.
 */
export const BACKLOG = 4096
/**
 * For a large upload over a slow line. Other bodies have a minute, see plugins/body-deadline.ts.
 */
const REQUEST_MS = 900_000

/**
 * A random id of twelve characters. It comes from a UUID, because Node.js keeps random bytes in
 * stock for UUIDs.
 */
const newRequestId = () =>
  Buffer.from(randomUUID().replaceAll('-', '').slice(-18), 'hex').toString('base64url')

/**
 * The log keeps no query, which can hold codes and state, and no credential from the path.
 */
const logSerializers = {
  req: ({ method, url, ip, id }: { method: string; url: string; ip?: string; id?: string }) => ({
    id,
    method,
    path: loggedPath(url),
    ip
  }),
  res: ({
    statusCode,
    request
  }: {
    statusCode: number
    request?: { method: string; url: string }
  }) => ({ statusCode, ...(request && { method: request.method, path: loggedPath(request.url) }) })
}

function loggedPath(url: string): string {
  return url.split('?')[0]!.replace(/\b(kg[a-z]_|kagura_)[\w-]{16,}/g, '$1...')
}

/** What tests put in place of the product's, or beside it. */
interface AppParts {
  network?: Network
  fixtures?: Fixtures
}

/**
 * Builds the whole service as one Fastify instance, which does not listen yet. `network`: how to
 * reach other servers; `fixtures`: what is added to the MCP catalogue. Only tests set them. Throws WrongSettingError, DataDirectoryInUseError and
 * NewerDatabaseError.
 */
export async function buildApp(settings: Config, parts: AppParts = {}): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: settings.LOG_LEVEL, stream: await logStream(), serializers: logSerializers },
    genReqId: newRequestId,
    requestIdHeader: false,
    trustProxy: trustedProxies(settings),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    frameworkErrors: addressErrorHandler,
    return503OnClosing: true,
    requestTimeout: REQUEST_MS, // for the request of a client, not for streams
    http: { headersTimeout: 60_000 },
    pluginTimeout: 120_000 // the first start creates a database
  })
  try {
    await registerPlugins(app, settings, parts)
    await registerRoutes(app)
    await app.ready()
    return app
  } catch (error) {
    await app.close()
    throw error
  }
}

/** Registers every plugin after those that it depends on. */
async function registerPlugins(
  app: FastifyInstance,
  settings: Config,
  { network, fixtures }: AppParts
): Promise<void> {
  await app.register(config, { config: settings })
  await app.register(publicUrl)
  await app.register(mcpUrl)
  await app.register(drain)
  await app.register(seal)
  await app.register(db)
  await app.register(audit)
  await app.register(bodyDeadline)
  await app.register(bodyText)
  await app.register(formParameters)
  await app.register(guardedFetch, { network, proxy: settings.OUTBOUND_PROXY })
  await app.register(web)
  await app.register(github)
  await app.register(consentViews)
  await app.register(notices)
  await app.register(errorHandler)
  await app.register(auth)
  await app.register(secondFactor)
  await app.register(passkeys)
  await app.register(oidc)
  await app.register(signIn)
  await app.register(security)
  await app.register(rateLimit)
  await app.register(refusals)
  await app.register(consolePages)
  await app.register(imports)
  await app.register(oauthServer)
  await app.register(embedder)
  await app.register(toolCalls)
  await app.register(mcpSse, { fixtures })
  await app.register(setupToken)
  await app.register(doctor)
  await app.register(maintenance)
  await app.register(reindexing)
}

/** Registers the endpoints of plugins, and each folder of routes/ under its path. */
async function registerRoutes(app: FastifyInstance): Promise<void> {
  for (const { url, aliases = [], endpoint } of listEndpoints(app)) {
    for (const prefix of [url, ...aliases]) await app.register(endpoint, { prefix })
  }
  await app.register(autoload, {
    dir: join(import.meta.dirname, 'routes'),
    dirNameRoutePrefix: true,
    matchFilter: /index\.(js|ts)$/
  })
}
