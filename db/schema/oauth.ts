import type { Generated } from 'kysely'
import type { Json, Maybe, MaybeJson, MaybeTime, Now, Time } from './columns.ts'

export type TokenEndpointAuthMethod =
  'client_secret_post' | 'client_secret_basic' | 'private_key_jwt' | 'none'
export type ApplicationType = 'web' | 'native'
export interface JwkSet {
  keys: Array<Record<string, unknown>>
}
export type Registration = 'operator' | 'dynamic' | 'metadata_document'

export interface OauthClientsTable {
  client_id: string
  client_secret_hash: Maybe<string>
  client_name: Generated<string>
  redirect_uris: Json<string[]>
  grant_types: Json<string[]>
  response_types: Json<string[]>
  scope: Generated<string>
  token_endpoint_auth_method: Generated<TokenEndpointAuthMethod>
  require_pkce: Generated<boolean>
  registration: Generated<Registration>
  access_token_seconds: Maybe<number>
  disabled_at: MaybeTime
  created_at: Now
  updated_at: Now
  client_uri: Maybe<string>
  logo_uri: Maybe<string>
  tos_uri: Maybe<string>
  policy_uri: Maybe<string>
  application_type: Maybe<ApplicationType>
  software_id: Maybe<string>
  software_version: Maybe<string>
  /** A JWK Set (RFC 7517 §5) of public keys. */
  jwks: MaybeJson<JwkSet>
  jwks_uri: Maybe<string>
  registration_token_hash: Maybe<string>
  token_endpoint_auth_methods: Json<TokenEndpointAuthMethod[] | null>
  /** When a person approved it, or it was given a token. */
  last_used_at: MaybeTime
  /** The network that a registration came from. */
  registered_from: Maybe<string>
  /** It gets no bearer tokens (RFC 9449 §5.2). */
  dpop_bound_access_tokens: Generated<boolean>
}

/** All of them, for statements that are kept. */
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
  created_at: Now
  expires_at: Time
}

export interface OauthClientMetadataDocumentsTable {
  client_id: string
  document: Json<Record<string, unknown>>
  etag: Maybe<string>
  fetched_at: Now
  fresh_until: Time
}

export interface OauthClientAssertionsTable {
  client_id: string
  jti_hash: string
  expires_at: Time
}

/** Proofs of possession that were used (RFC 9449 §11.1). */
export interface OauthDpopProofsTable {
  proof_hash: string
  expires_at: Time
}

export interface OauthGrantsTable {
  grant_id: Generated<string>
  user_id: string
  client_id: string
  resource: string
  scope: string
  created_at: Now
  last_used_at: MaybeTime
  revoked_at: MaybeTime
  revoked_reason: Maybe<string>
  redirect_origin: Maybe<string>
  client_metadata_hash: Maybe<string>
  /**
   * When the person decided; a grant given without asking has the time of the decision that it
   * rests on.
   */
  consented_at: Now
  /** What the consent page had boxes for; null where there was none. */
  offered_scope: Maybe<string>
}

export interface OauthAuthorizationCodesTable {
  code_hash: string
  grant_id: string
  client_id: string
  user_id: string
  redirect_uri: string
  redirect_uri_given: Generated<boolean>
  scope: string
  resource: string
  code_challenge: Maybe<string>
  code_challenge_method: Maybe<string>
  created_at: Now
  expires_at: Time
  used_at: MaybeTime
  failed_verifications: Generated<number>
  /** The key that whoever redeems it has to prove (RFC 9449 §10). */
  dpop_jkt: Maybe<string>
}

export interface OauthTokensTable {
  token_id: Generated<string>
  grant_id: string
  client_id: string
  user_id: string
  token_type: Generated<string>
  access_token_hash: string
  refresh_token_hash: Maybe<string>
  scope: string
  resource: string
  issued_at: Now
  expires_in: Generated<number>
  refresh_expires_at: MaybeTime
  rotated_at: MaybeTime
  successor_sealed: Maybe<string>
  access_token_revoked_at: MaybeTime
  revoked: Generated<boolean>
  /** The key that the tokens are bound to (RFC 9449 §6.1); null: they are bearer tokens. */
  dpop_jkt: Maybe<string>
  /** access_token_hash of the pair that this one was rotated to. */
  successor_hash: Maybe<string>
  /** When the access token was first accepted. */
  first_used_at: MaybeTime
}

/**
 * Live until it expires, is denied, or its grant is taken up; a person's approval gives it the
 * grant.
 */
export interface OauthDeviceCodesTable {
  device_code_hash: string
  user_code_hash: string
  client_id: string
  scope: string
  resource: string
  ip_address: Maybe<string>
  user_agent: Maybe<string>
  created_at: Now
  expires_at: Time
  interval_seconds: Generated<number>
  last_polled_at: MaybeTime
  denied_at: MaybeTime
  grant_id: Maybe<string>
  used_at: MaybeTime
}

export interface OauthPushedAuthorizationRequestsTable {
  request_uri_hash: string
  client_id: string
  /** As they were posted, form-encoded, without what authenticated the client. */
  parameters: string
  created_at: Now
  expires_at: Time
  used_at: MaybeTime
}
