import type { FastifyInstance, FastifyRequest } from 'fastify'
import { findAuthorizationCode } from '../../../db/oauth/authorization-codes.ts'
import { insertApproval } from '../../../db/oauth/approvals.ts'
import type { AccessLimits } from '../../../db/schema/index.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { decidedSubject } from './remembered-consent.ts'
import { limitDetails } from '../limit-choice.ts'
import { UnusableRequestUriError } from './request-uri.ts'
import { unknownClientPage } from './unknown-client-page.ts'

const FOREIGN_KEY_VIOLATION = '23503'
const UNIQUE_VIOLATION = '23505'

export interface RequestApproval {
  authorizationRequest: AuthorizationRequest
  userId: string
  scope: string
  /** What the person allows within the scope. */
  limits: AccessLimits
  code: string
  /** When the person decided, if this approval rests on an earlier decision. */
  consentedAt?: Date
  /** What the consent page had boxes for, if there was one. */
  offeredScope?: string
}

/**
 * Stores the grant, which is one installation of the app, with its code, and consumes a pushed
 * request: all or nothing. Does nothing when the code exists already. Throws PageError when the
 * pushed request was consumed, or the client deleted, in the meantime.
 */
export async function approveRequest(
  app: FastifyInstance,
  request: FastifyRequest,
  approval: RequestApproval
): Promise<void> {
  const { authorizationRequest, code } = approval
  const { client_id: clientId } = authorizationRequest.client
  try {
    const isStored = await insertApproval(app.db, newApproval(app, request, approval))
    // Without a stored row either the same form came twice, or the pushed request was consumed.
    if (isStored || (await findAuthorizationCode(app.db, code))) return
    throw new UnusableRequestUriError('request_uri_used')
  } catch (error) {
    const { code: sqlState } = error as { code?: string }
    // The client was deleted at the same instant.
    if (sqlState === FOREIGN_KEY_VIOLATION) throw unknownClientPage(clientId)
    // The same form came twice at the same instant.
    if (sqlState !== UNIQUE_VIOLATION) throw error
  }
}

function newApproval(
  app: FastifyInstance,
  request: FastifyRequest,
  { authorizationRequest, userId, scope, limits, code, consentedAt, offeredScope }: RequestApproval
): Parameters<typeof insertApproval>[1] {
  const { client, redirectUri } = authorizationRequest
  const remembered = consentedAt !== undefined
  const details = { scope, ...limitDetails(limits), redirect_uri: redirectUri, remembered }
  return {
    grant: {
      user_id: userId,
      client_id: client.client_id,
      resource: app.mcpUrl,
      scope,
      ...limits,
      ...decidedSubject(authorizationRequest),
      consented_at: consentedAt,
      offered_scope: offeredScope
    },
    code,
    codeRow: {
      redirect_uri: redirectUri,
      redirect_uri_given: authorizationRequest.redirectUriGiven,
      code_challenge: authorizationRequest.codeChallenge ?? null,
      code_challenge_method: authorizationRequest.codeChallengeMethod ?? null,
      dpop_jkt: authorizationRequest.dpopJkt ?? null
    },
    requestUri: authorizationRequest.requestUri,
    entry: request.auditEntry('oauth.authorize.approved', {
      user_id: userId,
      client_id: client.client_id,
      details
    })
  }
}
