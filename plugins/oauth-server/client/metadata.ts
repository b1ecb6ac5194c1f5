import type { ApplicationType, JwkSet, TokenEndpointAuthMethod } from '../../../db/schema/index.ts'
import { defaultScope, scopesSupported, scopeValues } from '../../../tools/scopes.ts'
import { OAuthError } from '../../../lib/errors.ts'
import { readJwkSet } from './jwk-set.ts'
import { isUnknownAppScheme, redirectTarget, redirectUriFault } from '../authorize/redirect-uri.ts'

/**
 * What a client says of itself, checked and completed: the columns of oauth_clients that it may
 * decide. null: it did not say.
 */
export interface StatedMetadata {
  client_name: string
  redirect_uris: string[]
  grant_types: string[]
  response_types: string[]
  scope: string
  token_endpoint_auth_method: TokenEndpointAuthMethod
  application_type: ApplicationType
  client_uri: string | null
  logo_uri: string | null
  tos_uri: string | null
  policy_uri: string | null
  software_id: string | null
  software_version: string | null
  jwks: JwkSet | null
  jwks_uri: string | null
  dpop_bound_access_tokens: boolean
}

/**
 * Where it says so: in a registration request (RFC 7591), or in a Client ID Metadata Document,
 * where no secret can be agreed upon.
 */
export type MetadataSource = 'registration' | 'document'

const MAX_REDIRECT_URIS = 32
const knownGrantTypes = [
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code'
]
const authMethods: TokenEndpointAuthMethod[] = [
  'none',
  'client_secret_post',
  'client_secret_basic',
  'private_key_jwt'
]

/**
 * Reads client metadata (RFC 7591 §2) from parsed JSON of any shape. Strict in what could harm,
 * lenient in what clients really send: null and "" are omitted members, unknown members and links
 * that are not https are ignored, unknown grant types, response types and scope values are left
 * out, and a scope in which nothing is known counts as none. Throws OAuthError invalid_redirect_uri
 * or invalid_client_metadata (RFC 7591 §3.2.2).
 */
export function readClientMetadata(
  json: unknown,
  { source }: { source: MetadataSource }
): StatedMetadata {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw wrong('Client metadata is a JSON object.', 'metadata_not_an_object')
  }
  const stated = json as Record<string, unknown>
  const grantTypes = readGrantTypes(stated)
  const redirectUris = readRedirectUris(stated, grantTypes)
  const type = readApplicationType(stated, redirectUris)
  const keys = readKeys(stated)
  return {
    client_name: readText(stated, 'client_name') ?? '',
    redirect_uris: redirectUris,
    grant_types: grantTypes,
    response_types: readResponseTypes(stated, grantTypes),
    scope: readScope(stated),
    token_endpoint_auth_method: readAuthMethod(stated, source, {
      type,
      hasKeys: keys.jwks !== null || keys.jwks_uri !== null
    }),
    application_type: type,
    client_uri: readLink(stated, 'client_uri'),
    logo_uri: readLink(stated, 'logo_uri'),
    tos_uri: readLink(stated, 'tos_uri'),
    policy_uri: readLink(stated, 'policy_uri'),
    software_id: readDecoration(stated, 'software_id'),
    software_version: readDecoration(stated, 'software_version'),
    ...keys,
    dpop_bound_access_tokens: readBoolean(stated, 'dpop_bound_access_tokens')
  }
}

type Stated = Record<string, unknown>

function wrong(description: string, reason: string, error = 'invalid_client_metadata'): OAuthError {
  return new OAuthError(error, description, { reason })
}

/** Text that every database takes: neither a NUL nor half of a character. */
function isStorable(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text)
}

function readText(stated: Stated, name: string, longest = 200): string | null {
  const value = stated[name] ?? ''
  if (typeof value !== 'string' || !isStorable(value)) {
    throw wrong(`${name} must be text.`, 'metadata_malformed')
  }
  if (value.length > longest) {
    throw wrong(`${name} is longer than ${longest} characters.`, 'metadata_too_long')
  }
  return value === '' ? null : value
}

function readBoolean(stated: Stated, name: string): boolean {
  const value = stated[name] || false
  if (typeof value !== 'boolean') {
    throw wrong(`${name} must be true or false.`, 'metadata_malformed')
  }
  return value
}

function readList(stated: Stated, name: string, error?: string): string[] {
  const value = stated[name] ?? []
  if (
    !Array.isArray(value) ||
    !value.every((item) => typeof item === 'string' && isStorable(item))
  ) {
    throw wrong(`${name} must be an array of text.`, 'metadata_malformed', error)
  }
  return [...new Set(value as string[])]
}

/** Text that only decorates: what cannot be used is left out, so that the registration succeeds. */
function readDecoration(stated: Stated, name: string, longest = 200): string | null {
  const value = stated[name]
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' && text.length <= longest && isStorable(text)
    ? text
    : null
}

/**
 * The same of an address that people may open: https only, so http, data: and relative ones are
 * left out.
 */
function readLink(stated: Stated, name: string): string | null {
  const uri = readDecoration(stated, name, 2000)
  return uri !== null && isHttpsUri(uri) ? uri : null
}

/** https, and nothing that a browser would run or that names a user. */
function isHttpsUri(uri: string): boolean {
  if (!URL.canParse(uri) || /\s/.test(uri)) return false
  const { protocol, username, password } = new URL(uri)
  return protocol === 'https:' && !username && !password
}

/** An address that this service reads. */
function readHttpsUri(stated: Stated, name: string): string | null {
  const uri = readText(stated, name, 2000)
  if (uri !== null && !isHttpsUri(uri)) {
    throw wrong(`${name} must be an https URL.`, 'metadata_uri_not_https')
  }
  return uri
}

/**
 * Without the member, refresh tokens are given too: no client has been seen that wants to be
 * connected for an hour only.
 */
function readGrantTypes(stated: Stated): string[] {
  const given = readList(stated, 'grant_types')
  if (given.length === 0) return ['authorization_code', 'refresh_token']
  const known = knownGrantTypes.filter((type) => given.includes(type))
  if (known.every((type) => type === 'refresh_token')) {
    throw wrong(
      'grant_types has none by which this service gives a first token: authorization_code or device_code.',
      'grant_types_unusable'
    )
  }
  return known
}

function readResponseTypes(stated: Stated, grantTypes: string[]): string[] {
  const given = readList(stated, 'response_types')
  const takesCodes = grantTypes.includes('authorization_code')
  if (given.length > 0 && takesCodes !== given.includes('code')) {
    throw wrong(
      'response_types must hold code when grant_types holds authorization_code, and only then.',
      'response_types_inconsistent'
    )
  }
  return takesCodes ? ['code'] : []
}

/**
 * Patterns are for clients that an operator vouches for; who registers himself says each address in
 * full.
 */
function readRedirectUris(stated: Stated, grantTypes: string[]): string[] {
  const invalid = (description: string, reason: string) =>
    wrong(description, reason, 'invalid_redirect_uri')
  const uris = readList(stated, 'redirect_uris', 'invalid_redirect_uri')
  if (uris.length === 0 && grantTypes.includes('authorization_code')) {
    throw invalid('redirect_uris is missing.', 'redirect_uris_missing')
  }
  if (uris.length > MAX_REDIRECT_URIS) {
    throw invalid(
      `redirect_uris has more than ${MAX_REDIRECT_URIS} addresses.`,
      'redirect_uris_too_many'
    )
  }
  for (const uri of uris) {
    const fault = uri.includes('*') ? 'it has a wildcard' : redirectUriFault(uri)
    if (fault !== undefined) {
      throw invalid(
        `The redirect URI ${uri.slice(0, 100)} cannot be registered: ${fault}.`,
        'redirect_uri_refused'
      )
    }
  }
  return withoutUnknownApps(uris, invalid)
}

/** An address that opens an unknown app is left out beside usable ones, and refused alone. */
function withoutUnknownApps(
  uris: string[],
  invalid: (description: string, reason: string) => OAuthError
): string[] {
  const usable = uris.filter((uri) => !isUnknownAppScheme(uri))
  if (usable.length > 0 || uris.length === 0) return usable
  throw invalid(
    `The redirect URI ${uris[0]!.slice(0, 100)} cannot be registered: a scheme of an app needs a dot, ` +
      'like com.example.app:/callback. An administrator can register others.',
    'redirect_uri_refused'
  )
}

/**
 * Inferred when it is missing or unknown (OpenID Connect Registration §2 would say web, and then
 * refuse the loopback addresses of most).
 */
function readApplicationType(stated: Stated, redirectUris: string[]): ApplicationType {
  const given = readText(stated, 'application_type')
  if (given === 'web' || given === 'native') return given
  return redirectUris.every((uri) => redirectTarget(uri).redirectKind === 'web') ? 'web' : 'native'
}

function readScope(stated: Stated): string {
  const known = scopeValues(readText(stated, 'scope', 2000) ?? '').filter((value) =>
    scopesSupported.includes(value)
  )
  return known.length === 0 ? defaultScope : known.join(' ')
}

/**
 * Without the member a web client gets the default of RFC 7591 §2, client_secret_basic. A native
 * one is public, for it cannot keep a secret (RFC 8252 §8.5): clients of MCP that run on people's
 * own machines mean `none`, and send no secret that they did not ask for. A document is public for
 * all to read, so it knows `none` and private_key_jwt only; one that offers `none` beside another
 * method gets that when the other is of no use here (ChatGPT's names both, in
 * token_endpoint_auth_methods_supported).
 */
function readAuthMethod(
  stated: Stated,
  source: MetadataSource,
  { type, hasKeys }: { type: ApplicationType; hasKeys: boolean }
): TokenEndpointAuthMethod {
  const given = readText(stated, 'token_endpoint_auth_method')
  if (given === null) {
    return source === 'document' || type === 'native' ? 'none' : 'client_secret_basic'
  }
  const method = authMethods.find((known) => known === given)
  const fault =
    method === undefined
      ? `token_endpoint_auth_method can be: ${authMethods.join(', ')}.`
      : source === 'document' && method.startsWith('client_secret')
        ? 'A client metadata document cannot agree upon a secret: use none or private_key_jwt.'
        : method === 'private_key_jwt' && !hasKeys
          ? 'private_key_jwt needs jwks or jwks_uri.'
          : undefined
  if (method !== undefined && fault === undefined) return method
  if (
    source === 'document' &&
    readList(stated, 'token_endpoint_auth_methods_supported').includes('none')
  ) {
    return 'none'
  }
  throw wrong(fault!, 'token_endpoint_auth_method_refused')
}

function readKeys(stated: Stated): Pick<StatedMetadata, 'jwks' | 'jwks_uri'> {
  const uri = readHttpsUri(stated, 'jwks_uri')
  const set = stated['jwks'] ?? null
  if (set === null) return { jwks: null, jwks_uri: uri }
  if (uri !== null) throw wrong('Give jwks or jwks_uri, not both.', 'jwks_and_jwks_uri')
  const jwks = readJwkSet(set)
  if (typeof jwks === 'string') throw wrong(`jwks cannot be used: ${jwks}.`, 'jwks_refused')
  return { jwks, jwks_uri: null }
}
