import type { FastifyInstance } from 'fastify'
import { narrowScope, permissionsOf } from '../../../tools/scopes.ts'
import { isThisResource } from '../../auth/index.ts'
import type { Parameters } from '../../form-parameters.ts'
import { AuthorizationError, type ResponseTarget } from './authorization-error.ts'
import { isCodeChallenge } from './pkce.ts'

const MAX_STATE_CHARACTERS = 4096

/** What each check reads: the parameters, and where an error goes. */
export interface RequestCheck {
  app: FastifyInstance
  parameters: Parameters
  target: ResponseTarget
}

/** The request is one that this server can read at all. Throws AuthorizationError. */
export function checkWellFormed({ parameters, target }: RequestCheck): void {
  const refusal = refusalAt(target)
  const repeatedNames = parameters.repeated('resource')
  if (repeatedNames.length > 0) {
    throw refusal('invalid_request', `sent more than once: ${repeatedNames.join(', ')}`)
  }
  if (parameters.malformed.length > 0) {
    throw refusal('invalid_request', 'a parameter is not valid UTF-8 text')
  }
  if ((target.state?.length ?? 0) > MAX_STATE_CHARACTERS) {
    const statelessRefusal = refusalAt({ ...target, state: undefined })
    throw statelessRefusal(
      'invalid_request',
      `state is longer than ${MAX_STATE_CHARACTERS} characters`
    )
  }
  if (parameters.get('request')) {
    throw refusal('request_not_supported', 'request objects are not supported')
  }
  if (parameters.get('request_uri')) {
    throw refusal('request_uri_not_supported', 'request_uri is not supported')
  }
}

/** The client may get a code, and gets it in the query. Throws AuthorizationError. */
export function checkResponseType({ parameters, target }: RequestCheck): void {
  const refusal = refusalAt(target)
  const responseType = parameters.get('response_type')
  if (responseType === undefined) {
    throw refusal('invalid_request', 'response_type is missing; send response_type=code')
  }
  if (responseType !== 'code') {
    throw refusal('unsupported_response_type', 'only response_type=code is supported')
  }
  if ((parameters.get('response_mode') ?? 'query') !== 'query') {
    throw refusal('invalid_request', 'only response_mode=query is supported')
  }
  if (!target.client.grant_types.includes('authorization_code')) {
    throw refusal('unauthorized_client', 'the client is not registered for authorization_code')
  }
}

/**
 * PKCE with S256, which public clients must use (RFC 7636, OAuth 2.1 §4.1.1). Throws
 * AuthorizationError.
 */
export function checkPkce({ app, parameters, target }: RequestCheck): void {
  const refusal = refusalAt(target)
  const codeChallenge = parameters.get('code_challenge')
  const method = parameters.get('code_challenge_method')
  if (codeChallenge === undefined) {
    if (method !== undefined) {
      throw refusal('invalid_request', 'code_challenge_method without code_challenge')
    }
    if (target.client.token_endpoint_auth_method === 'none' || target.client.require_pkce) {
      throw refusal(
        'invalid_request',
        'code challenge required: send code_challenge with code_challenge_method=S256'
      )
    }
    return
  }
  const isPlain = (method ?? 'plain') === 'plain'
  const isSupported = method === 'S256' || (isPlain && app.config.ALLOW_PLAIN_PKCE)
  if (!isSupported) {
    throw refusal(
      'invalid_request',
      'transform algorithm not supported: send code_challenge_method=S256'
    )
  }
  if (!isCodeChallenge(codeChallenge, method ?? 'plain')) {
    throw refusal('invalid_request', 'code_challenge is malformed')
  }
}

/**
 * The requested scope, narrowed to values that exist and that the client is registered for.
 * undefined: the client sent none. Throws AuthorizationError when nothing is left.
 */
export function readRequestedScope({ parameters, target }: RequestCheck): string | undefined {
  const refusal = refusalAt(target)
  const requestedScope = parameters.get('scope')
  if (requestedScope === undefined) return undefined
  if (!/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(requestedScope)) {
    throw refusal('invalid_scope', 'scope has characters that are not allowed')
  }
  const clientScope = target.client.scope
  const narrowedScope = narrowScope(requestedScope, clientScope)
  if (permissionsOf(narrowedScope).size === 0) {
    throw refusal(
      'invalid_scope',
      `nothing in the requested scope can be granted; this client may ask for: ${clientScope}`
    )
  }
  return narrowedScope
}

/** Every resource that is named is this server (RFC 8707 §2.1). Throws AuthorizationError. */
export function checkResource({ app, parameters, target }: RequestCheck): void {
  const isOnlyThis = parameters
    .all('resource')
    .every((resource) => isThisResource(resource, app.publicUrl))
  if (!isOnlyThis) throw refusalAt(target)('invalid_target', `the resource here is ${app.mcpUrl}`)
}

/** dpop_jkt is a thumbprint when it is sent (RFC 9449 §10). Throws AuthorizationError. */
export function checkDpopThumbprint({ parameters, target }: RequestCheck): void {
  const thumbprint = parameters.get('dpop_jkt')
  if (thumbprint !== undefined && !/^[\w-]{43}$/.test(thumbprint)) {
    throw refusalAt(target)('invalid_request', 'dpop_jkt is not the base64url of a SHA-256')
  }
}

/**
 * How the client wants the person to be asked (OpenID Connect Core §3.1.2.1). Any value but
 * `none`, like login or select_account, counts as consent: that page shows the account and a way
 * to change it. Throws AuthorizationError.
 */
export function readPrompt({ parameters, target }: RequestCheck): 'none' | 'consent' | undefined {
  const promptValues = parameters.get('prompt')?.split(' ').filter(Boolean) ?? []
  if (promptValues.includes('none') && promptValues.length > 1) {
    throw refusalAt(target)('invalid_request', 'prompt=none stands alone')
  }
  if (promptValues.length === 0) return undefined
  return promptValues[0] === 'none' ? 'none' : 'consent'
}

function refusalAt(target: ResponseTarget) {
  return (error: string, description: string) => new AuthorizationError(error, description, target)
}
