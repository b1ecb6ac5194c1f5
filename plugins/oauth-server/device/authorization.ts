import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import { DEVICE_CODE_SECONDS, issueDeviceCode } from '../../../db/oauth/device-codes.ts'
import { narrowScope, permissionsOf } from '../../../tools/scopes.ts'
import { OAuthError } from '../../../lib/errors.ts'
import type { Parameters } from '../../form-parameters.ts'
import { clientEndpoint } from '../client/endpoint.ts'
import { DEVICE_GRANT } from '../token/device-code.ts'
import { requireThisResource } from '../token/token-request.ts'
import { deviceConsentPath } from './device-form.ts'
import { newUserCode, userCodeHash } from './user-code.ts'
import { commandName } from '../../../lib/command-name.ts'

/** Seconds between two polls, until the device is told to slow down. */
const POLL_INTERVAL = 5
const MAX_DRAWS = 5

/**
 * Where a device without a browser begins: it gets a code for itself and one for the person. RFC
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
          `This client is not registered for ${DEVICE_GRANT}: ` +
            `${commandName} client create --name NAME --device registers one.`,
          { reason: 'grant_type_not_registered' }
        )
      }
      const scope = readDeviceScope(client, form)
      requireThisResource({ app, form })
      const deviceResponse = await issueCodes(app, request, client, scope)
      await request.auditBounded('oauth.device.requested', {
        client_id: client.client_id,
        details: { scope }
      })
      return deviceResponse
    }
)

/**
 * The requested scope, narrowed to values that exist and that the client is registered for. Without
 * one, everything that the client is registered for. Throws OAuthError when nothing is left.
 */
function readDeviceScope(client: Client, form: Parameters): string {
  const scope = narrowScope(form.get('scope') ?? client.scope, client.scope)
  if (permissionsOf(scope).size > 0) return scope
  throw new OAuthError(
    'invalid_scope',
    `Nothing in the requested scope can be granted; this client may ask for: ${client.scope}`
  )
}

/** The response of RFC 8628 §3.2. A user code that exists already is drawn again. */
async function issueCodes(
  app: FastifyInstance,
  request: FastifyRequest,
  client: Client,
  scope: string
): Promise<Record<string, unknown>> {
  for (let draws = 0; draws < MAX_DRAWS; draws++) {
    const userCode = newUserCode()
    const deviceCode = await issueDeviceCode(app.db, {
      user_code_hash: userCodeHash(app, userCode),
      client_id: client.client_id,
      scope,
      resource: app.mcpUrl,
      interval_seconds: POLL_INTERVAL,
      ip_address: request.ip,
      user_agent: request.headers['user-agent']?.slice(0, 500) ?? null
    })
    if (deviceCode === undefined) continue
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: `${app.publicUrl}/device`,
      verification_uri_complete: app.publicUrl + deviceConsentPath(userCode),
      expires_in: DEVICE_CODE_SECONDS,
      interval: POLL_INTERVAL
    }
  }
  throw new Error('No free user code in five draws.')
}
