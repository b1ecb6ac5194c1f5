import type { Generated } from 'kysely'
import type { AccessLimitColumns } from './access-limits.ts'
import type {
  JsonColumn,
  NullableColumn,
  NullableJsonColumn,
  NullableTimeColumn,
  DefaultNowColumn,
  TimeColumn
} from './columns.ts'

export type TokenEndpointAuthMethod =
  'client_secret_post' | 'client_secret_basic' | 'private_key_jwt' | 'none'
export type ApplicationType = 'web' | 'native'
export interface JwkSet {
  keys: Array<Record<string, unknown>>
}
export type Registration = 'operator' | 'dynamic' | 'metadata_document'

export interface OauthClientsTable {
  client_id: string
  client_secret_hash: NullableColumn<string>
  client_name: Generated<string>
  redirect_uris: JsonColumn<string[]>
  grant_types: JsonColumn<string[]>
  response_types: JsonColumn<string[]>
  scope: Generated<string>
  token_endpoint_auth_method: Generated<TokenEndpointAuthMethod>
  require_pkce: Generated<boolean>
  registration: Generated<Registration>
  access_token_seconds: NullableColumn<number>
  disabled_at: NullableTimeColumn
  created_at: DefaultNowColumn
  updated_at: DefaultNowColumn
  client_uri: NullableColumn<string>
  logo_uri: NullableColumn<string>
  tos_uri: NullableColumn<string>
  policy_uri: NullableColumn<string>
  application_type: NullableColumn<ApplicationType>
  software_id: NullableColumn<string>
  software_version: NullableColumn<string>
  /** A JWK Set (RFC 7517 §5) of public keys. */
  jwks: NullableJsonColumn<JwkSet>
  jwks_uri: NullableColumn<string>
  registration_token_hash: NullableColumn<string>
  token_endpoint_auth_methods: JsonColumn<TokenEndpointAuthMethod[] | null>
  /** The last approval by a user, or the last token. */
  last_used_at: NullableTimeColumn
  /** The network of the registration request. */
  registered_from: NullableColumn<string>
  /** Whether the client gets no bearer tokens (RFC 9449 §5.2). */
  dpop_bound_access_tokens: Generated<boolean>
}

/** All columns: prepared statements must name them. */
export const oauthClientColumns = [
  'client_id',
  'client_secret_hash',
  'client_name',
  'redirect_uris',
  'grant_types',
  'response_types',
  'scope',
  'token_endpoint_auth_method',
  'require_pkce',
  'registration',
  'access_token_seconds',
  'disabled_at',
  'created_at',
  'updated_at',
  'client_uri',
  'logo_uri',
  'tos_uri',
  'policy_uri',
  'application_type',
  'software_id',
  'software_version',
  'jwks',
  'jwks_uri',
  'registration_token_hash',
  'token_endpoint_auth_methods',
  'last_used_at',
  'registered_from',
  'dpop_bound_access_tokens'
] as const satisfies Array<keyof OauthClientsTable>

/** A live secret beside the one in oauth_clients. */
export interface OauthClientSecretsTable {
  client_id: string
  secret_hash: string
  created_at: DefaultNowColumn
  expires_at: TimeColumn
}

export interface OauthClientMetadataDocumentsTable {
  client_id: string
  document: JsonColumn<Record<string, unknown>>
  etag: NullableColumn<string>
  fetched_at: DefaultNowColumn
  fresh_until: TimeColumn
}

export interface OauthClientAssertionsTable {
  client_id: string
  jti_hash: string
  expires_at: TimeColumn
}

/** Used DPoP proofs, to refuse a second use (RFC 9449 §11.1). */
export interface OauthDpopProofsTable {
  proof_hash: string
  expires_at: TimeColumn
}

export interface OauthGrantsTable extends AccessLimitColumns {
  grant_id: Generated<string>
  user_id: string
  client_id: string
  resource: string
  scope: string
  created_at: DefaultNowColumn
  last_used_at: NullableTimeColumn
  revoked_at: NullableTimeColumn
  revoked_reason: NullableColumn<string>
  redirect_origin: NullableColumn<string>
  client_metadata_hash: NullableColumn<string>
  /** When the user decided. A grant without a new question has the time of the old decision. */
  consented_at: DefaultNowColumn
  /** The scope with boxes on the consent page; null without a page. */
  offered_scope: NullableColumn<string>
  /** Where the person, or the device, was at the approval. */
  ip_address: NullableColumn<string>
  user_agent: NullableColumn<string>
}

/** What a person calls an app, and which tools it lists; null is its own name, and all tools. */
export interface AppChoicesTable {
  user_id: string
  client_id: string
  name: NullableColumn<string>
  tool_list: NullableColumn<ToolList>
}

export type ToolList = 'essential' | 'coding' | 'everything'

export interface OauthAuthorizationCodesTable {
  code_hash: string
  grant_id: string
  client_id: string
  user_id: string
  redirect_uri: string
  redirect_uri_given: Generated<boolean>
  scope: string
  resource: string
  code_challenge: NullableColumn<string>
  code_challenge_method: NullableColumn<string>
  created_at: DefaultNowColumn
  expires_at: TimeColumn
  used_at: NullableTimeColumn
  failed_verifications: Generated<number>
  /** The key that the client must prove to redeem the code (RFC 9449 §10). */
  dpop_jkt: NullableColumn<string>
}

export interface OauthTokensTable {
  token_id: Generated<string>
  grant_id: string
  client_id: string
  user_id: string
  token_type: Generated<string>
  access_token_hash: string
  refresh_token_hash: NullableColumn<string>
  scope: string
  resource: string
  issued_at: DefaultNowColumn
  expires_in: Generated<number>
  refresh_expires_at: NullableTimeColumn
  rotated_at: NullableTimeColumn
  successor_sealed: NullableColumn<string>
  access_token_revoked_at: NullableTimeColumn
  revoked: Generated<boolean>
  /** The key to which the tokens are bound (RFC 9449 §6.1); null for bearer tokens. */
  dpop_jkt: NullableColumn<string>
  /** The access_token_hash of the next pair after a rotation. */
  successor_hash: NullableColumn<string>
  /** When the access token was first accepted. */
  first_used_at: NullableTimeColumn
}

/**
 * A code is live until it expires, a user denies it, or the device redeems it. An approval sets
 * `grant_id`.
 */
export interface OauthDeviceCodesTable {
  device_code_hash: string
  user_code_hash: string
  client_id: string
  scope: string
  resource: string
  ip_address: NullableColumn<string>
  user_agent: NullableColumn<string>
  created_at: DefaultNowColumn
  expires_at: TimeColumn
  interval_seconds: Generated<number>
  last_polled_at: NullableTimeColumn
  denied_at: NullableTimeColumn
  grant_id: NullableColumn<string>
  used_at: NullableTimeColumn
}

export interface OauthPushedAuthorizationRequestsTable {
  request_uri_hash: string
  client_id: string
  /** The posted parameters, form-encoded, without the client's authentication. */
  parameters: string
  created_at: DefaultNowColumn
  expires_at: TimeColumn
  used_at: NullableTimeColumn
}
