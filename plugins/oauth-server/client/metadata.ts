import type { ApplicationType, JwkSet, TokenEndpointAuthMethod } from '../../../db/schema/index.ts'
import { defaultScope, scopesSupported, scopeValues } from '../../../tools/scopes.ts'
import { OAuthError } from '../../../lib/errors.ts'
import { DEVICE_GRANT } from '../token/device-code.ts'
import {
  invalidMetadata,
  type MetadataMembers,
  readBoolean,
  readDecoration,
  readHttpsUri,
  readLink,
  readList,
  readText
} from './metadata-members.ts'
import { readJwkSet } from './jwk-set.ts'
import { isUnknownAppScheme, redirectTarget, redirectUriFault } from '../authorize/redirect-uri.ts'

/**
 * The metadata that a client declares, checked and completed: the columns of oauth_clients that it
 * may decide. null: not declared.
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
 * Where the metadata comes from: a registration request (RFC 7591), or a Client ID Metadata
 * Document, which cannot agree on a secret.
 */
export type MetadataSource = 'registration' | 'document'

const MAX_REDIRECT_URIS = 32
const knownGrantTypes = ['authorization_code', 'refresh_token', DEVICE_GRANT]
export const authMethods: TokenEndpointAuthMethod[] = [
  'none',
  'client_secret_post',
  'client_secret_basic',
  'private_key_jwt'
]

/**
 * Reads client metadata (RFC 7591 §2) from parsed JSON of any shape. It is strict in what could
 * harm and lenient in what clients really send:
 *
 * - null and "" are omitted members; unknown members and links that are not https are ignored.
 * - Unknown grant types, response types and scope values are left out.
 * - A scope without any known value counts as omitted.
 *
 * Throws OAuthError invalid_redirect_uri or invalid_client_metadata (RFC 7591 §3.2.2).
 */
export function readClientMetadata(
  json: unknown,
  { source }: { source: MetadataSource }
): StatedMetadata {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidMetadata('Client metadata must be a JSON object.', 'metadata_not_an_object')
  }
  const members = json as MetadataMembers
  const grantTypes = readGrantTypes(members)
  const redirectUris = readRedirectUris(members, grantTypes)
  const applicationType = readApplicationType(members, redirectUris)
  const keyMembers = readKeys(members)
  return {
    client_name: readText(members, 'client_name') ?? '',
    redirect_uris: redirectUris,
    grant_types: grantTypes,
    response_types: readResponseTypes(members, grantTypes),
    scope: readScope(members),
    token_endpoint_auth_method: readAuthMethod(members, source, {
      applicationType,
      hasKeys: keyMembers.jwks !== null || keyMembers.jwks_uri !== null
    }),
    application_type: applicationType,
    client_uri: readLink(members, 'client_uri'),
    logo_uri: readLink(members, 'logo_uri'),
    tos_uri: readLink(members, 'tos_uri'),
    policy_uri: readLink(members, 'policy_uri'),
    software_id: readDecoration(members, 'software_id'),
    software_version: readDecoration(members, 'software_version'),
    ...keyMembers,
    dpop_bound_access_tokens: readBoolean(members, 'dpop_bound_access_tokens')
  }
}

/** Without the member a client gets refresh tokens too: none is known to want a single hour. */
function readGrantTypes(members: MetadataMembers): string[] {
  const declaredTypes = readList(members, 'grant_types')
  if (declaredTypes.length === 0) return ['authorization_code', 'refresh_token']
  const usableTypes = knownGrantTypes.filter((type) => declaredTypes.includes(type))
  if (usableTypes.every((type) => type === 'refresh_token')) {
    throw invalidMetadata(
      'grant_types needs one that gets a first token: authorization_code or device_code.',
      'grant_types_unusable'
    )
  }
  return usableTypes
}

function readResponseTypes(members: MetadataMembers, grantTypes: string[]): string[] {
  const declaredTypes = readList(members, 'response_types')
  const takesCodes = grantTypes.includes('authorization_code')
  if (declaredTypes.length > 0 && takesCodes !== declaredTypes.includes('code')) {
    throw invalidMetadata(
      'response_types must hold code when grant_types holds authorization_code, and only then.',
      'response_types_inconsistent'
    )
  }
  return takesCodes ? ['code'] : []
}

/** A client that registers itself declares each address in full; only operators use patterns. */
function readRedirectUris(members: MetadataMembers, grantTypes: string[]): string[] {
  const uris = readList(members, 'redirect_uris', 'invalid_redirect_uri')
  if (uris.length === 0 && grantTypes.includes('authorization_code')) {
    throw invalidUri('redirect_uris is missing.', 'redirect_uris_missing')
  }
  if (uris.length > MAX_REDIRECT_URIS) {
    throw invalidUri(
      `redirect_uris has more than ${MAX_REDIRECT_URIS} addresses.`,
      'redirect_uris_too_many'
    )
  }
  for (const uri of uris) {
    const uriFault = uri.includes('*') ? 'it has a wildcard' : redirectUriFault(uri)
    if (uriFault !== undefined) {
      throw invalidUri(
        `The redirect URI ${uri.slice(0, 100)} cannot be registered: ${uriFault}.`,
        'redirect_uri_refused'
      )
    }
  }
  return withoutUnknownApps(uris)
}

function invalidUri(description: string, reason: string): OAuthError {
  return invalidMetadata(description, reason, 'invalid_redirect_uri')
}

/** An address that opens an unknown app is left out beside usable ones, and refused alone. */
function withoutUnknownApps(uris: string[]): string[] {
  const usableUris = uris.filter((uri) => !isUnknownAppScheme(uri))
  if (usableUris.length > 0 || uris.length === 0) return usableUris
  throw invalidUri(
    `The redirect URI ${uris[0]!.slice(0, 100)} cannot be registered: ` +
      'a scheme of an app needs a dot, like com.example.app:/callback. An administrator can ' +
      'register others.',
    'redirect_uri_refused'
  )
}

/**
 * Inferred when it is missing or unknown. The default of OpenID Connect Registration §2, web, would
 * refuse the loopback addresses of most clients.
 */
function readApplicationType(members: MetadataMembers, redirectUris: string[]): ApplicationType {
  const declaredType = readText(members, 'application_type')
  if (declaredType === 'web' || declaredType === 'native') return declaredType
  return redirectUris.every((uri) => redirectTarget(uri).redirectKind === 'web') ? 'web' : 'native'
}

function readScope(members: MetadataMembers): string {
  const knownValues = scopeValues(readText(members, 'scope', 2000) ?? '').filter((value) =>
    scopesSupported.includes(value)
  )
  return knownValues.length === 0 ? defaultScope : knownValues.join(' ')
}

/**
 * Without the member a web client gets client_secret_basic, the default of RFC 7591 §2. A native
 * client is public, because it cannot keep a secret (RFC 8252 §8.5): MCP clients on people's own
 * machines mean `none`, and send no secret that they did not ask for.
 *
 * A document is public, so it may declare `none` and private_key_jwt only. One that also supports
 * `none` gets that when its other method is unusable here: ChatGPT's document supports both.
 */
function readAuthMethod(
  members: MetadataMembers,
  source: MetadataSource,
  client: { applicationType: ApplicationType; hasKeys: boolean }
): TokenEndpointAuthMethod {
  const declaredMethod = readText(members, 'token_endpoint_auth_method')
  if (declaredMethod === null) {
    const isPublic = source === 'document' || client.applicationType === 'native'
    return isPublic ? 'none' : 'client_secret_basic'
  }
  const method = authMethods.find((authMethod) => authMethod === declaredMethod)
  const methodFault = authMethodFault(method, source, client.hasKeys)
  if (method !== undefined && methodFault === undefined) return method
  if (
    source === 'document' &&
    readList(members, 'token_endpoint_auth_methods_supported').includes('none')
  ) {
    return 'none'
  }
  throw invalidMetadata(methodFault!, 'token_endpoint_auth_method_refused')
}

function authMethodFault(
  method: TokenEndpointAuthMethod | undefined,
  source: MetadataSource,
  hasKeys: boolean
): string | undefined {
  if (method === undefined) return `token_endpoint_auth_method can be: ${authMethods.join(', ')}.`
  if (source === 'document' && method.startsWith('client_secret')) {
    return 'A client metadata document cannot agree on a secret: use none or private_key_jwt.'
  }
  if (method === 'private_key_jwt' && !hasKeys) return 'private_key_jwt needs jwks or jwks_uri.'
  return undefined
}

function readKeys(members: MetadataMembers): Pick<StatedMetadata, 'jwks' | 'jwks_uri'> {
  const jwksUri = readHttpsUri(members, 'jwks_uri')
  const jwkSet = members['jwks'] ?? null
  if (jwkSet === null) return { jwks: null, jwks_uri: jwksUri }
  if (jwksUri !== null) {
    throw invalidMetadata('Give jwks or jwks_uri, not both.', 'jwks_and_jwks_uri')
  }
  const jwks = readJwkSet(jwkSet)
  if (typeof jwks === 'string') {
    throw invalidMetadata(`jwks cannot be used: ${jwks}.`, 'jwks_refused')
  }
  return { jwks, jwks_uri: null }
}
