import type { FastifyInstance } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import type { Parameters } from '../../form-parameters.ts'
import type { ResponseTarget } from './authorization-error.ts'
import {
  checkDpopThumbprint,
  checkPkce,
  checkResource,
  checkResponseType,
  checkWellFormed,
  readPrompt,
  readRequestedScope
} from './request-checks.ts'
import { findPushedRequest } from './request-uri.ts'
import { requireRedirectUri, requireUsableClient } from './requesting-client.ts'

/** An authorization request that has passed every check. */
export interface AuthorizationRequest extends ResponseTarget {
  redirectUriGiven: boolean
  /** undefined: the client sent none. */
  scope: string | undefined
  codeChallenge: string | undefined
  codeChallengeMethod: string | undefined
  /** Thumbprint of the key that the code is to be bound to (RFC 9449 §10). */
  dpopJkt: string | undefined
  /**
   * none: the person must not be asked. consent: the person must be asked. undefined: the server
   * decides (OpenID Connect Core §3.1.2.1).
   */
  prompt: 'none' | 'consent' | undefined
  /** The pushed request behind this one, which the decision consumes. */
  requestUri?: string
}

/**
 * The authorization request of a query: its own parameters, or the pushed ones that its
 * request_uri names. `pageOpened`: the page was opened in time, so an expired request_uri still
 * counts. Consumes nothing. Throws PageError, then AuthorizationError.
 */
export async function readAuthorizationRequest(
  app: FastifyInstance,
  queryParameters: Parameters,
  knownClient: Client | undefined,
  { pageOpened = false } = {}
): Promise<AuthorizationRequest> {
  const pushedRequest = await findPushedRequest(app, queryParameters, pageOpened)
  if (!pushedRequest) return checkAuthorizationRequest(app, queryParameters, knownClient)
  const { parameters, requestUri } = pushedRequest
  return { ...checkAuthorizationRequest(app, parameters, knownClient), requestUri }
}

/**
 * The checks of the authorization endpoint, in the order that makes it safe: who asks, where the
 * answer goes, then what is asked. An error may only go to a redirect URI that is proven. Changes
 * nothing. Throws PageError, then AuthorizationError.
 */
export function checkAuthorizationRequest(
  app: FastifyInstance,
  parameters: Parameters,
  knownClient: Client | undefined
): AuthorizationRequest {
  const client = requireUsableClient(parameters, knownClient)
  const redirectUri = requireRedirectUri(client, parameters)
  const target = { client, redirectUri, state: stateOf(parameters) }
  const requestCheck = { app, parameters, target }

  checkWellFormed(requestCheck)
  checkResponseType(requestCheck)
  checkPkce(requestCheck)
  const requestedScope = readRequestedScope(requestCheck)
  checkResource(requestCheck)
  checkDpopThumbprint(requestCheck)
  const prompt = readPrompt(requestCheck)

  const codeChallenge = parameters.get('code_challenge')
  return {
    ...target,
    redirectUriGiven: parameters.get('redirect_uri') !== undefined,
    scope: requestedScope,
    codeChallenge,
    codeChallengeMethod: codeChallenge && (parameters.get('code_challenge_method') ?? 'plain'),
    dpopJkt: parameters.get('dpop_jkt'),
    prompt
  }
}

/** undefined when state came more than once: the answer must not carry a guess. */
function stateOf(parameters: Parameters): string | undefined {
  return parameters.repeated('state').length === 0 && parameters.all('state').length === 1
    ? parameters.get('state')
    : undefined
}
