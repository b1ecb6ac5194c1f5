import type { FastifyInstance } from 'fastify'
import { scopesSupported } from '../../tools/scopes.ts'
import { mcpPaths } from '../auth/index.ts'
import { DEVICE_GRANT } from './device-code.ts'

/** The authorization server's metadata (RFC 8414 §2). */
export function authorizationServerMetadata ({ publicUrl, config }: FastifyInstance): Record<string, unknown> {
  return {
    issuer: publicUrl,
    authorization_endpoint: `${publicUrl}/api/v1/oauth/authorize`,
    token_endpoint: `${publicUrl}/api/v1/oauth/token`,
    device_authorization_endpoint: `${publicUrl}/api/v1/oauth/device_authorization`,
    scopes_supported: [...scopesSupported, 'offline_access'],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', DEVICE_GRANT],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_post', 'client_secret_basic'],
    code_challenge_methods_supported: config.ALLOW_PLAIN_PKCE ? ['S256', 'plain'] : ['S256'],
    authorization_response_iss_parameter_supported: true,
    service_documentation: `${publicUrl}/`
  }
}

/** The protected resource's metadata for one spelling of the MCP URL (RFC 9728 §2); undefined for a path that is not one. */
export function protectedResourceMetadata ({ publicUrl }: FastifyInstance, path: string): Record<string, unknown> | undefined {
  const mcpPath = path.replace(/\/$/, '')
  if (!mcpPaths.includes(mcpPath)) return undefined
  return {
    resource: publicUrl + mcpPath,
    authorization_servers: [publicUrl],
    scopes_supported: scopesSupported,
    bearer_methods_supported: ['header'],
    resource_name: 'Kagura Memory',
    resource_documentation: `${publicUrl}/`
  }
}
