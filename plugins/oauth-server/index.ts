import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { consentEndpoint } from './authorize/consent.ts'
import { authorizeEndpoint } from './authorize/index.ts'
import { parEndpoint } from './authorize/pushed-authorization-request.ts'
import { deviceAuthorizationEndpoint } from './device/authorization.ts'
import { introspectEndpoint } from './introspect.ts'
import { registrationEndpoint } from './registration/index.ts'
import { revokeEndpoint } from './revoke.ts'
import { tokenEndpoint } from './token/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    oauthServer: OAuthEndpoints
  }
}

/** The endpoints of the authorization server; routes/endpoints.ts gives each its URLs. */
export interface OAuthEndpoints {
  /** RFC 6749 §3.1. */
  authorize: FastifyPluginAsync
  /** The decision of the consent page. */
  consent: FastifyPluginAsync
  /** RFC 8628 §3.1. */
  deviceAuthorization: FastifyPluginAsync
  /** RFC 7662. */
  introspect: FastifyPluginAsync
  /** RFC 9126. */
  pushedAuthorizationRequest: FastifyPluginAsync
  /** RFC 7591 and RFC 7592. */
  register: FastifyPluginAsync
  /** RFC 7009. */
  revoke: FastifyPluginAsync
  /** RFC 6749 §3.2. */
  token: FastifyPluginAsync
}

/** app.oauthServer: the endpoints of the authorization server. */
export default fp(
  async (app) => {
    app.decorate('oauthServer', {
      authorize: authorizeEndpoint,
      consent: consentEndpoint,
      deviceAuthorization: deviceAuthorizationEndpoint,
      introspect: introspectEndpoint,
      pushedAuthorizationRequest: parEndpoint,
      register: registrationEndpoint,
      revoke: revokeEndpoint,
      token: tokenEndpoint
    })
  },
  {
    name: 'oauth-server',
    dependencies: [
      'auth',
      'seal',
      'audit',
      'security',
      'refusals',
      'notices',
      'consent-views',
      'guarded-fetch',
      'mcp-url'
    ]
  }
)
