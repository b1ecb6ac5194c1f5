import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import type { TokenPair, TokenType } from '../../../db/oauth/token-pair.ts'
import { isThisResource } from '../../auth/index.ts'
import { OAuthError, TooManyRequestsError } from '../../../lib/errors.ts'
import type { Parameters } from '../../form-parameters.ts'

/** What an endpoint for clients works on: a well-formed form, and the client that sent it. */
export interface ClientRequest {
  app: FastifyInstance
  request: FastifyRequest
  reply: FastifyReply
  client: Client
  /** The client proved itself by a secret or an assertion. Public clients do not. */
  proven: boolean
  form: Parameters
}

/**
 * What a grant of the token endpoint works on. `dpop_jkt`: thumbprint of the key that the client
 * proved to have (RFC 9449 §5); null when it sent no proof.
 */
export interface TokenRequest extends ClientRequest {
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
 * A grant_type. It may look up what is presented while the client is looked up, and answers once
 * the client is authenticated.
 */
export type GrantType = (
  app: FastifyInstance,
  form: Parameters
) => (tokenRequest: TokenRequest) => Promise<TokenResponse>

export function tokenResponse(
  pair: TokenPair,
  { dpop_jkt, ...rest }: { dpop_jkt: string | null; expires_in: number; scope: string }
): TokenResponse {
  return { ...pair, token_type: dpop_jkt === null ? 'Bearer' : 'DPoP', ...rest }
}

/**
 * Starts the look-up before the client is authenticated, in parallel; every call after the first
 * looks up afresh. With an assertion it starts late: the client's keys may have to be fetched,
 * which can take seconds, and the row would be old by then.
 */
export function prefetch<Row>(form: Parameters, findRow: () => Promise<Row>): () => Promise<Row> {
  let prefetchedRow = form.get('client_assertion') === undefined ? findRow() : undefined
  prefetchedRow?.catch(() => {}) // The error counts only if the client is authenticated.
  return () => {
    const pendingRow = prefetchedRow ?? findRow()
    prefetchedRow = undefined
    return pendingRow
  }
}

/** Another request may change the row between its look-up and its use: retry this many times. */
const MAX_LOOKUPS = 5

/**
 * Uses the row, and looks it up again when `useRow` reports by undefined that it changed meanwhile.
 * Throws TooManyRequestsError when that does not end.
 */
export async function useCurrentRow<Row>(
  findRow: () => Promise<Row>,
  useRow: (row: Row) => Promise<TokenResponse | undefined>
): Promise<TokenResponse> {
  for (let lookupCount = 0; lookupCount < MAX_LOOKUPS; lookupCount++) {
    const response = await useRow(await findRow())
    if (response) return response
  }
  throw new TooManyRequestsError(
    'Several requests use this code or token at the same time; try again in a moment.',
    1
  )
}

/** The resource, if the request names one, is this server (RFC 8707 §2.2). Throws OAuthError. */
export function requireThisResource({ app, form }: Pick<ClientRequest, 'app' | 'form'>): void {
  if (form.all('resource').some((resource) => !isThisResource(resource, app.publicUrl))) {
    throw new OAuthError('invalid_target', `The resource here is ${app.mcpUrl}.`)
  }
}
