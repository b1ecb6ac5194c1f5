import type { FastifyInstance, FastifyRequest } from 'fastify'
import { findAuthorizationCode } from '../../../db/oauth/authorization-codes.ts'
import { storeApproval } from '../../../db/oauth/approvals.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { unknownClient } from './unknown-client-page.ts'
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
 * Writes the grant, which is one installation of the app, and its code, and uses a pushed request
 * up, all or nothing. Does nothing when the code is there already. Throws PageError when the pushed
 * request was used, or the client deleted, in the meantime.
 */
export async function approve(
  app: FastifyInstance,
  request: FastifyRequest,
  approval: Approval
): Promise<void> {
  const { asked, userId, scope, code, consentedAt, offeredScope } = approval
  const { client_id: clientId } = asked.client
  const details = { scope, redirect_uri: asked.redirectUri, remembered: consentedAt !== undefined }
  try {
    const isStored = await storeApproval(app.db, {
      grant: {
        user_id: userId,
        client_id: clientId,
        resource: app.mcpUrl,
        scope,
        ...seenBy(asked),
        consented_at: consentedAt,
        offered_scope: offeredScope
      },
      code,
      codeRow: {
        redirect_uri: asked.redirectUri,
        redirect_uri_given: asked.redirectUriGiven,
        code_challenge: asked.codeChallenge ?? null,
        code_challenge_method: asked.codeChallengeMethod ?? null,
        dpop_jkt: asked.dpopJkt ?? null
      },
      requestUri: asked.requestUri,
      entry: request.auditEntry('oauth.authorize.approved', {
        user_id: userId,
        client_id: clientId,
        details
      })
    })
    if (isStored || (await findAuthorizationCode(app.db, code))) return // the same form came twice
    throw new UnusableRequestUri('request_uri_used')
  } catch (error) {
    const { code: sqlState } = error as { code?: string }
    if (sqlState === '23503') throw unknownClient(clientId) // foreign key: it was deleted at the same instant
    if (sqlState !== '23505') throw error // unique violation: the same form came twice at one instant
  }
}
