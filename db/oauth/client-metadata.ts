import type {
  ApplicationType,
  JwkSet,
  Registration,
  TokenEndpointAuthMethod
} from '../schema/index.ts'

/** Metadata of a client (RFC 7591 §2) and settings of this server for it. */
export interface ClientMetadata {
  client_name: string
  redirect_uris: string[]
  scope: string
  token_endpoint_auth_method: TokenEndpointAuthMethod
  require_pkce?: boolean
  registration?: Registration
  access_token_seconds?: number | null
  disabled_at?: Date | null
  grant_types?: string[]
  response_types?: string[]
  application_type?: ApplicationType
  client_uri?: string | null
  logo_uri?: string | null
  tos_uri?: string | null
  policy_uri?: string | null
  software_id?: string | null
  software_version?: string | null
  jwks?: JwkSet | null
  jwks_uri?: string | null
  dpop_bound_access_tokens?: boolean
}

/** Whether clients that authenticate with this method have a secret issued by this server. */
export function hasSecret(method: TokenEndpointAuthMethod): boolean {
  return method === 'client_secret_post' || method === 'client_secret_basic'
}

/** The metadata as columns of oauth_clients: lists and keys become JSON. */
export function metadataColumns<M extends Partial<ClientMetadata>>({
  redirect_uris: uris,
  grant_types: grantTypes,
  response_types: responseTypes,
  jwks,
  ...columns
}: M) {
  return {
    ...columns,
    ...(uris && { redirect_uris: JSON.stringify(uris) }),
    ...(grantTypes && { grant_types: JSON.stringify(grantTypes) }),
    ...(responseTypes && { response_types: JSON.stringify(responseTypes) }),
    ...(jwks !== undefined && { jwks: jwks && JSON.stringify(jwks) })
  }
}
