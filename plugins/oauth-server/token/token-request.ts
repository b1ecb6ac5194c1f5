import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import type { TokenPair, TokenType } from '../../../db/oauth/token-pair.ts'
import { isThisResource } from '../../auth/index.ts'
import { OAuthError, TooManyRequestsError } from '../../../lib/errors.ts'
import type { Parameters } from '../../form-parameters.ts'

/** What an endpoint for clients works on: well-formed, and the client authenticated as it may. */
export interface GrantRequest {
  app: FastifyInstance
  request: FastifyRequest
  reply: FastifyReply
  client: Client
  /**
   * By a secret or an assertion. A client that may come without either is not proven when it did.
   */
  proven: boolean
  form: Parameters
}

/**
 * What a grant of the token endpoint works on. `dpop_jkt`: thumbprint of the key of which the
 * client proved possession (RFC 9449 §5), if it did.
 */
export interface TokenRequest extends GrantRequest {
  dpop_jkt: string | null
}

/** RFC 6749 §5.1; `expires_in` in seconds. */
export interface TokenResponse {
  access_token: string
  token_type: TokenType
  expires_in: number
  refresh_token?: string
  scope: string
}

/**
 * A grant_type: it may look at what is presented while the client is looked up, and answers when
 * the client is proven.
 */
export type Grant = (
  app: FastifyInstance,
  form: Parameters
) => (asked: TokenRequest) => Promise<TokenResponse>

export function tokenResponse(
  pair: TokenPair,
  { dpop_jkt: jkt, ...rest }: { dpop_jkt: string | null; expires_in: number; scope: string }
): TokenResponse {
  return { ...pair, token_type: jkt === null ? 'Bearer' : 'DPoP', ...rest }
}

/**
 * Looks at once; the first call gets what that found, every later one looks again. Not so with an
 * assertion: to prove that may take seconds, for its keys are fetched, and what was seen before
 * would be old.
 */
export function prefetch<R>(form: Parameters, look: () => Promise<R>): () => Promise<R> {
  let first = form.get('client_assertion') === undefined ? look() : undefined
  first?.catch(() => {}) // whether anybody wants it is known when the client is proven
  return () => {
    const found = first ?? look()
    first = undefined
    return found
  }
}

/**
 * Somebody else may change what is presented between the look at it and its use: look again, so
 * many times.
 */
const MAX_LOOKS = 5

/**
 * Uses what `look` finds, and looks again when `use` answers that it is no longer what it was.
 * Throws TooManyRequestsError when that does not end.
 */
export async function useCurrentRow<R>(
  look: () => Promise<R>,
  use: (row: R) => Promise<TokenResponse | undefined>
): Promise<TokenResponse> {
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const answer = await use(await look())
    if (answer) return answer
  }
  throw new TooManyRequestsError(
    'What was presented is in use by several requests; try again in a moment.',
    1
  )
}

/** The resource, where a request names it, is this server (RFC 8707 §2.2). Throws OAuthError. */
export function requireThisResource({ app, form }: Pick<GrantRequest, 'app' | 'form'>): void {
  if (form.all('resource').some((resource) => !isThisResource(resource, app.publicUrl))) {
    throw new OAuthError('invalid_target', `The resource here is ${app.mcpUrl}.`)
  }
}
