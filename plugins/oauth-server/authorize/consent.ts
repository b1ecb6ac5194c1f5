import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { CODE_PREFIX, findAuthorizationCode } from '../../../db/oauth/authorization-codes.ts'
import * as pushedRequests from '../../../db/oauth/pushed-authorization-requests.ts'
import type { Session } from '../../../db/people/sessions.ts'
import type { Permission } from '../../../tools/scopes.ts'
import type { AccessLimits } from '../../../db/schema/index.ts'
import { requireSameOrigin } from '../../auth/index.ts'
import { formOf, Parameters } from '../../form-parameters.ts'
import { limitFault, readLimits } from '../limit-choice.ts'
import { approveRequest } from './approval.ts'
import { type AuthorizationRequest, readAuthorizationRequest } from './authorization-request.ts'
import { authorizePath } from './authorize-path.ts'
import {
  approvedScope,
  NONE_TICKED,
  requireSamePerson,
  requireSignedForm,
  tickedPermissions
} from './consent-form.ts'
import { type ConsentForm, showConsentPage } from './consent-page.ts'
import { showContinuePage } from './continue-page.ts'
import { authorizationErrorHandler } from './refusal.ts'
import { UnusableRequestUriError } from './request-uri.ts'
import { findRequestingClient } from './requesting-client.ts'
import { signInAgain } from './sign-in-page.ts'

/** A form that lies open longer than this must be opened again. */
const FORM_SECONDS = 3600

/** Where the consent form goes: the decision of the person at the screen. */
export const consentEndpoint: FastifyPluginAsync = async (app) => {
  app.setErrorHandler(authorizationErrorHandler)
  app.post('', (request, reply) => decideOnRequest(app, request, reply))
}

async function decideOnRequest(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  requireSameOrigin(request)
  const answer = formOf(request)
  const signedForm = answer.get('form') ?? ''
  const consentForm = requireSignedForm<ConsentForm>(app, 'consent', signedForm, {
    seconds: FORM_SECONDS
  })
  const returnPath = authorizePath(consentForm.query)
  const session = await app.auth.session(request)
  if (!session) return signInAgain(app, reply, returnPath)
  requireSamePerson(consentForm, session, returnPath)

  const authorizationRequest = await readFormRequest(app, consentForm)
  const ticked = tickedPermissions(consentForm, answer)
  const limits = readLimits(answer)
  if (answer.get('decision') !== 'approve') {
    return denyRequest(app, request, reply, authorizationRequest, session)
  }
  const approved = approvedScope(consentForm.scope, ticked)
  const fault = limitFault(limits, approved)
  if (ticked.size === 0 || fault) {
    const problem = ticked.size > 0 && fault ? request.texts.limits[fault] : NONE_TICKED
    const { query, scope } = consentForm
    const refused = { problem, ticked, limits }
    return showConsentPage(app, reply, session, { authorizationRequest, query, scope, refused })
  }
  const decision = { authorizationRequest, consentForm, signedForm, ticked, limits }
  return approveForm(app, request, reply, decision)
}

/** The request that the form was shown for, checked again: its client may have changed since. */
async function readFormRequest(
  app: FastifyInstance,
  consentForm: ConsentForm
): Promise<AuthorizationRequest> {
  const parameters = new Parameters(consentForm.query)
  const client = await findRequestingClient(app, parameters, { mayFetch: false })
  return readAuthorizationRequest(app, parameters, client, { pageOpened: true })
}

/**
 * The code is derived from the form, so sending one form twice (double click, Back) gives the same
 * code, never a second one.
 */
async function approveForm(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  decision: {
    authorizationRequest: AuthorizationRequest
    consentForm: ConsentForm
    signedForm: string
    ticked: Set<Permission>
    limits: AccessLimits
  }
): Promise<FastifyReply> {
  const { authorizationRequest, consentForm, signedForm, ticked, limits } = decision
  const code = CODE_PREFIX + app.seal.derive('code', signedForm)
  if (!(await findAuthorizationCode(app.db, code))) {
    await approveRequest(app, request, {
      authorizationRequest,
      userId: consentForm.user_id,
      scope: approvedScope(consentForm.scope, ticked),
      limits,
      offeredScope: consentForm.scope,
      code
    })
  }
  return showContinuePage(app, reply, authorizationRequest, { code }, true)
}

/** A denial also consumes a pushed request. Throws PageError when it was consumed before. */
async function denyRequest(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  authorizationRequest: AuthorizationRequest,
  session: Session
): Promise<FastifyReply> {
  const { requestUri, client } = authorizationRequest
  if (
    requestUri !== undefined &&
    !(await pushedRequests.consumePushedAuthorizationRequest(app.db, requestUri))
  ) {
    throw new UnusableRequestUriError('request_uri_used')
  }
  await request.audit('oauth.authorize.denied', {
    user_id: session.user_id,
    client_id: client.client_id,
    reason: 'access_denied'
  })
  const response = { error: 'access_denied', error_description: 'The user denied the request.' }
  return showContinuePage(app, reply, authorizationRequest, response, false)
}
