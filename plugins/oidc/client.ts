import type { FastifyInstance } from 'fastify'
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  customFetch,
  type CustomFetch,
  discovery,
  enableNonRepudiationChecks,
  None
} from 'openid-client'
import { providerFault } from './faults.ts'

const TIMEOUT_SECONDS = 10
const MAX_BYTES = 1_048_576
/** How long the provider's metadata is kept. */
const METADATA_MS = 3600_000

/**
 * The provider's metadata and this server's registration there, read once an hour. Throws
 * ProviderError.
 */
export function providerClient(app: FastifyInstance): () => Promise<Configuration> {
  let known: { client: Promise<Configuration>; until: number } | undefined
  return () => {
    if (known && known.until > Date.now()) return known.client
    const client = discoverProvider(app)
    const current = { client, until: Date.now() + METADATA_MS }
    known = current
    client.catch(() => {
      if (known === current) known = undefined // the next sign-in tries again
    })
    return client
  }
}

async function discoverProvider(app: FastifyInstance): Promise<Configuration> {
  const { OIDC_ISSUER: issuer = '', OIDC_CLIENT_ID: clientId = '' } = app.config
  try {
    return await discovery(new URL(issuer), clientId, undefined, clientProof(app), {
      [customFetch]: providerFetch(app),
      timeout: TIMEOUT_SECONDS,
      execute: [
        // The signature of the id token counts, not only the connection that it came by.
        enableNonRepudiationChecks,
        // The schema of the settings allows http on loopback only.
        ...(issuer.startsWith('http:') ? [allowInsecureRequests] : [])
      ]
    })
  } catch (error) {
    throw providerFault(error)
  }
}

/** The provider says how it takes the secret. */
function clientProof({ config: { OIDC_CLIENT_SECRET: secret } }: FastifyInstance): ClientAuth {
  if (secret === undefined) return None()
  const [bySecretPost, bySecretBasic] = [ClientSecretPost(secret), ClientSecretBasic(secret)]
  return (provider, ...rest) => {
    // OpenID Connect Discovery §3: without the list, it is client_secret_basic.
    const methods = provider.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const isBasic = !methods.includes('client_secret_post')
    return (isBasic ? bySecretBasic : bySecretPost)(provider, ...rest)
  }
}

/**
 * Requests to the provider, through the guarded fetcher. Only the origin of OIDC_ISSUER, which the
 * operator named, may have a private address; what else the metadata names must be public.
 */
function providerFetch(app: FastifyInstance): CustomFetch {
  const { origin: operatorOrigin } = new URL(app.config.OIDC_ISSUER ?? '')
  return async (url, { body, headers, signal }) => {
    const answer = await app.guardedFetch(url, {
      maxBytes: MAX_BYTES,
      timeoutMs: TIMEOUT_SECONDS * 1000,
      operatorOrigin,
      headers,
      ...(body instanceof URLSearchParams && { body: body.toString() }),
      ...(signal && { signal })
    })
    const contentType = answer.headers['content-type']
    return new Response(new Uint8Array(answer.body), {
      status: answer.status,
      headers: typeof contentType === 'string' ? { 'content-type': contentType } : {}
    })
  }
}
