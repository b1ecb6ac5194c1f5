import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import { DEVICE_CODE_SECONDS, issueDeviceCode } from '../../../db/oauth/device-codes.ts'
import { groupsOf, narrowScope, scopesSupported, scopeValues } from '../../../tools/scopes.ts'
import { OAuthError } from '../../../lib/errors.ts'
import type { Parameters } from '../../form-parameters.ts'
import { clientEndpoint } from '../client/endpoint.ts'
import { DEVICE_GRANT } from '../token/device-code.ts'
import { requireThisResource } from '../token/token-request.ts'
import { newUserCode, userCodeHash } from './user-code.ts'

/** Seconds between two polls, until the device is told to slow down. */
const INTERVAL = 5

/**
 * Where a device without a browser of its own begins: a code for it, and one for the person. RFC
 * 8628 §3.1.
 */
export const deviceAuthorizationEndpoint = clientEndpoint(
  'oauth.device.refused',
  200,
  () =>
    async ({ app, request, client, form }) => {
      if (!client.grant_types.includes(DEVICE_GRANT)) {
        throw new OAuthError(
          'unauthorized_client',
          `This client is not registered for ${DEVICE_GRANT}: npx kagura client create --name NAME --device registers one.`,
          { reason: 'grant_type_not_registered' }
        )
      }
      const scope = requestedScope(client, form)
      requireThisResource({ app, form })
      const answer = await issue(app, request, client, scope)
      await request.auditBounded('oauth.device.requested', {
        client_id: client.client_id,
        details: { scope }
      })
      return answer
    }
)

/**
 * As at the authorization endpoint: narrowed to what we know and the client is registered for;
 * without one, all of that.
 */
function requestedScope(client: Client, form: Parameters): string {
  const asked = form.get('scope')
  const known =
    asked === undefined
      ? client.scope
      : scopeValues(asked)
          .filter((value) => scopesSupported.includes(value))
          .join(' ')
  const scope = narrowScope(known, client.scope)
  if (groupsOf(scope).size === 0) {
    throw new OAuthError(
      'invalid_scope',
      `Nothing in the requested scope can be granted; this client may ask for: ${client.scope}`
    )
  }
  return scope
}

/** RFC 8628 §3.2. */
async function issue(
  app: FastifyInstance,
  request: FastifyRequest,
  client: Client,
  scope: string
): Promise<Record<string, unknown>> {
  for (let draws = 0; draws < 5; draws++) {
    const userCode = newUserCode()
    const deviceCode = await issueDeviceCode(app.db, {
      user_code_hash: userCodeHash(app, userCode),
      client_id: client.client_id,
      scope,
      resource: app.mcpUrl,
      interval_seconds: INTERVAL,
      ip_address: request.ip,
      user_agent: request.headers['user-agent']?.slice(0, 500) ?? null
    })
    if (deviceCode === undefined) continue
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: `${app.publicUrl}/device`,
      verification_uri_complete: `${app.publicUrl}/device?user_code=${userCode}`,
      expires_in: DEVICE_CODE_SECONDS,
      interval: INTERVAL
    }
  }
  throw new Error('No free user code in five draws.')
}
