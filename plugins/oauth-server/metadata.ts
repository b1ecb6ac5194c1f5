import type { FastifyInstance } from 'fastify'
import { scopesSupported } from '../../tools/scopes.ts'
import { dpopAlgorithms, mcpPaths } from '../auth/index.ts'
import { AUTHORIZE_PATH } from './authorize/authorize-path.ts'
import { assertionAlgorithms } from './client/assertion.ts'
import { authMethods } from './client/metadata.ts'
import { DEVICE_GRANT } from './token/device-code.ts'

/** The authorization server's metadata (RFC 8414 §2). */
export function authorizationServerMetadata({
  publicUrl,
  config
}: FastifyInstance): Record<string, unknown> {
  return {
    issuer: publicUrl,
    authorization_endpoint: publicUrl + AUTHORIZE_PATH,
    token_endpoint: `${publicUrl}/api/v1/oauth/token`,
    ...(config.DYNAMIC_REGISTRATION !== 'closed' && {
      registration_endpoint: `${publicUrl}/api/v1/oauth/register`
    }),
    device_authorization_endpoint: `${publicUrl}/api/v1/oauth/device_authorization`,
    pushed_authorization_request_endpoint: `${publicUrl}/api/v1/oauth/par`,
    revocation_endpoint: `${publicUrl}/api/v1/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: authMethods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    introspection_endpoint: `${publicUrl}/api/v1/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: authMethods.filter(
      (method) => method !== 'none'
    ),
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    scopes_supported: [...scopesSupported, 'offline_access'],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', DEVICE_GRANT],
    token_endpoint_auth_methods_supported: authMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    client_id_metadata_document_supported: config.CLIENT_ID_METADATA_DOCUMENTS,
    code_challenge_methods_supported: config.ALLOW_PLAIN_PKCE ? ['S256', 'plain'] : ['S256'],
    dpop_signing_alg_values_supported: dpopAlgorithms,
    ...(config.AUTHORIZATION_RESPONSE_ISS && {
      authorization_response_iss_parameter_supported: true
    }),
    service_documentation: `${publicUrl}/`
  }
}

/**
 * The protected resource's metadata for one spelling of the MCP URL (RFC 9728 §2); undefined for
 * any other path.
 */
export function protectedResourceMetadata(
  { publicUrl }: FastifyInstance,
  path: string
): Record<string, unknown> | undefined {
  const mcpPath = path.replace(/\/$/, '')
  if (!mcpPaths.includes(mcpPath)) return undefined
  return {
    resource: publicUrl + mcpPath,
    authorization_servers: [publicUrl],
    scopes_supported: scopesSupported,
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: dpopAlgorithms,
    resource_name: 'Kagura Memory',
    resource_documentation: `${publicUrl}/`
  }
}
