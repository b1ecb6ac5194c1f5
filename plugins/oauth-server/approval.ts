import type { FastifyInstance, FastifyRequest } from 'fastify'
import { insertAuthorizationCode } from '../../db/oauth-authorization-codes.ts'
import { touchClient } from '../../db/oauth-clients.ts'
import { insertGrant } from '../../db/oauth-grants.ts'
import { spendPushedAuthorizationRequest } from '../../db/oauth-pushed-authorization-requests.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { unknownClient } from './dead-client.ts'
import { UnusableRequestUri } from './pushed-authorization-request.ts'
import { seenBy } from './remembered-consent.ts'

export interface Approval {
  asked: AuthorizationRequest
  userId: string
  scope: string
  code: string
  /** When the person decided, if that was before and this rests on it. */
  consentedAt?: Date
  /** What the consent page had boxes for, if there was one. */
  offeredScope?: string
}

/**
 * Writes the grant, which is one installation of the app, and its code, and uses a pushed request up, all or nothing. Does nothing when the
 * code is there already. Throws PageError when the pushed request was used, or the client deleted, in the meantime.
 */
export async function approve (app: FastifyInstance, request: FastifyRequest, { asked, userId, scope, code, consentedAt, offeredScope }: Approval): Promise<void> {
  const grant = { user_id: userId, client_id: asked.client.client_id, resource: app.mcpUrl, scope }
  try {
    const grantId = await app.db.transaction().execute(async (trx) => {
      await touchClient(trx, grant.client_id) // first: it keeps the client from being cleared away meanwhile
      const id = await insertGrant(trx, { ...grant, ...seenBy(asked), ...(consentedAt && { consented_at: consentedAt }), ...(offeredScope !== undefined && { offered_scope: offeredScope }) })
      await insertAuthorizationCode(trx, code, {
        ...grant,
        grant_id: id,
        redirect_uri: asked.redirectUri,
        redirect_uri_given: asked.redirectUriGiven,
        code_challenge: asked.codeChallenge ?? null,
        code_challenge_method: asked.codeChallengeMethod ?? null,
        dpop_jkt: asked.dpopJkt ?? null
      })
      if (asked.requestUri !== undefined && !await spendPushedAuthorizationRequest(trx, asked.requestUri)) throw new UnusableRequestUri('request_uri_used')
      return id
    })
    const details = { scope, redirect_uri: asked.redirectUri, remembered: consentedAt !== undefined }
    await request.audit('oauth.authorize.approved', { user_id: userId, client_id: grant.client_id, grant_id: grantId, details })
  } catch (error) {
    const { code: sqlState } = error as { code?: string }
    if (sqlState === '23503') throw unknownClient(grant.client_id) // foreign key: it was deleted at the same instant
    if (sqlState !== '23505') throw error // unique violation: the same form came twice at one instant
  }
}
