import type { FastifyInstance } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import { groupsOf, narrowScope, scopesSupported, scopeValues } from '../../../tools/scopes.ts'
import { isThisResource } from '../../auth/index.ts'
import type { Parameters } from '../../form-parameters.ts'
import { isCodeChallenge } from './pkce.ts'
import { requireClient, requireRedirectUri } from './requesting-client.ts'

/** An authorization request that has passed every check. */
export interface AuthorizationRequest {
  client: Client
  redirectUri: string
  redirectUriGiven: boolean
  state: string | undefined
  /** undefined: the client left it out. */
  scope: string | undefined
  codeChallenge: string | undefined
  codeChallengeMethod: string | undefined
  /** Thumbprint of the key that the code shall be bound to (RFC 9449 §10). */
  dpopJkt: string | undefined
  /**
   * none: the person may not be asked; consent: the person must be; undefined: as is needed (OpenID
   * Connect Core §3.1.2.1).
   */
  prompt: 'none' | 'consent' | undefined
  /** The pushed request that this is, to be used up by the decision. */
  requestUri?: string
}

/**
 * An error that goes back to the client: the redirect URI is proven by then (RFC 6749 §4.1.2.1).
 */
export class AuthorizationError extends Error {
  readonly error: string
  readonly redirectUri: string
  readonly state: string | undefined
  readonly client: Client
  constructor(
    error: string,
    description: string,
    back: { redirectUri: string; state: string | undefined; client: Client }
  ) {
    super(description)
    this.error = error
    this.redirectUri = back.redirectUri
    this.state = back.state
    this.client = back.client
  }
}

/**
 * The checks of the authorization endpoint, in the order that makes it safe: who asks, where the
 * answer goes, and only then what is asked, for only from then on may an error be sent on. Throws
 * PageError, then AuthorizationError. Changes nothing.
 */
export async function checkAuthorizationRequest(
  app: FastifyInstance,
  parameters: Parameters
): Promise<AuthorizationRequest> {
  const client = await requireClient(app, parameters)
  const redirectUri = requireRedirectUri(client, parameters)
  const back = {
    client,
    redirectUri,
    state:
      parameters.repeated('state').length === 0 && parameters.all('state').length === 1
        ? parameters.get('state')
        : undefined
  }

  checkWellFormed(parameters, back)
  checkResponseType(client, parameters, back)
  checkPkce(app, client, parameters, back)
  const scope = requestedScope(client, parameters, back)
  checkResource(app, parameters, back)
  checkDpopJkt(parameters, back)

  return {
    ...back,
    redirectUriGiven: parameters.get('redirect_uri') !== undefined,
    scope,
    codeChallenge: parameters.get('code_challenge'),
    codeChallengeMethod:
      parameters.get('code_challenge') && (parameters.get('code_challenge_method') ?? 'plain'),
    dpopJkt: parameters.get('dpop_jkt'),
    prompt: promptOf(parameters, back)
  }
}

type Back = ConstructorParameters<typeof AuthorizationError>[2]

function checkWellFormed(parameters: Parameters, back: Back): void {
  const repeated = parameters.repeated('resource')
  if (repeated.length > 0) {
    throw new AuthorizationError(
      'invalid_request',
      `sent more than once: ${repeated.join(', ')}`,
      back
    )
  }
  if (parameters.malformed.length > 0) {
    throw new AuthorizationError('invalid_request', 'a parameter is not valid UTF-8 text', back)
  }
  if ((back.state?.length ?? 0) > 4096) {
    throw new AuthorizationError('invalid_request', 'state is longer than 4096 characters', {
      ...back,
      state: undefined
    })
  }
  if (parameters.get('request')) {
    throw new AuthorizationError('request_not_supported', 'request objects are not supported', back)
  }
  if (parameters.get('request_uri')) {
    throw new AuthorizationError('request_uri_not_supported', 'request_uri is not supported', back)
  }
}

function checkResponseType(client: Client, parameters: Parameters, back: Back): void {
  const type = parameters.get('response_type')
  if (type === undefined) {
    throw new AuthorizationError(
      'invalid_request',
      'response_type is missing; send response_type=code',
      back
    )
  }
  if (type !== 'code') {
    throw new AuthorizationError(
      'unsupported_response_type',
      'only response_type=code is supported',
      back
    )
  }
  const mode = parameters.get('response_mode')
  if (mode !== undefined && mode !== 'query') {
    throw new AuthorizationError('invalid_request', 'only response_mode=query is supported', back)
  }
  if (!client.grant_types.includes('authorization_code')) {
    throw new AuthorizationError(
      'unauthorized_client',
      'the client is not registered for authorization_code',
      back
    )
  }
}

/** S256, and for public clients always (RFC 7636, OAuth 2.1 §4.1.1). */
function checkPkce(app: FastifyInstance, client: Client, parameters: Parameters, back: Back): void {
  const challenge = parameters.get('code_challenge')
  const method = parameters.get('code_challenge_method')
  if (challenge === undefined) {
    if (method !== undefined) {
      throw new AuthorizationError(
        'invalid_request',
        'code_challenge_method without code_challenge',
        back
      )
    }
    if (client.token_endpoint_auth_method === 'none' || client.require_pkce) {
      throw new AuthorizationError(
        'invalid_request',
        'code challenge required: send code_challenge with code_challenge_method=S256',
        back
      )
    }
    return
  }
  const known =
    method === 'S256' || ((method ?? 'plain') === 'plain' && app.config.ALLOW_PLAIN_PKCE)
  if (!known) {
    throw new AuthorizationError(
      'invalid_request',
      'transform algorithm not supported: send code_challenge_method=S256',
      back
    )
  }
  if (!isCodeChallenge(challenge, method ?? 'plain')) {
    throw new AuthorizationError('invalid_request', 'code_challenge is malformed', back)
  }
}

/** Narrowed to what we know and the client is registered for; refused when nothing is left. */
function requestedScope(client: Client, parameters: Parameters, back: Back): string | undefined {
  const scope = parameters.get('scope')
  if (scope === undefined) return undefined
  if (!/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(scope)) {
    throw new AuthorizationError('invalid_scope', 'scope has characters that are not allowed', back)
  }
  const known = scopeValues(scope)
    .filter((value) => scopesSupported.includes(value))
    .join(' ')
  const narrowed = narrowScope(known, client.scope)
  if (groupsOf(narrowed).size === 0) {
    throw new AuthorizationError(
      'invalid_scope',
      `nothing in the requested scope can be granted; this client may ask for: ${client.scope}`,
      back
    )
  }
  return narrowed
}

/**
 * Values that ask for more than we tell apart, like login or select_account, put the page on the
 * screen, which shows the account and a way to change it.
 */
function promptOf(parameters: Parameters, back: Back): AuthorizationRequest['prompt'] {
  const values = parameters.get('prompt')?.split(' ').filter(Boolean) ?? []
  if (values.includes('none') && values.length > 1) {
    throw new AuthorizationError('invalid_request', 'prompt=none stands alone', back)
  }
  return values.length === 0 ? undefined : values[0] === 'none' ? 'none' : 'consent'
}

function checkResource(app: FastifyInstance, parameters: Parameters, back: Back): void {
  const foreign = parameters
    .all('resource')
    .find((resource) => !isThisResource(resource, app.publicUrl))
  if (foreign !== undefined) {
    throw new AuthorizationError('invalid_target', `the resource here is ${app.mcpUrl}`, back)
  }
}

function checkDpopJkt(parameters: Parameters, back: Back): void {
  if (!/^[\w-]{43}$/.test(parameters.get('dpop_jkt') ?? 'x'.repeat(43))) {
    throw new AuthorizationError(
      'invalid_request',
      'dpop_jkt is not the base64url of a SHA-256',
      back
    )
  }
}
