import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { CODE_PREFIX } from '../../../db/oauth/authorization-codes.ts'
import { findLastScope } from '../../../db/oauth/consents.ts'
import type { Session } from '../../../db/people/sessions.ts'
import type { AccessLimits } from '../../../db/schema/index.ts'
import { newSecret } from '../../../lib/secrets.ts'
import { narrowScope, permissionsOf } from '../../../tools/scopes.ts'
import { Parameters, rawFormOf } from '../../form-parameters.ts'
import { approveRequest } from './approval.ts'
import { AuthorizationError } from './authorization-error.ts'
import { type AuthorizationRequest, readAuthorizationRequest } from './authorization-request.ts'
import { authorizePath } from './authorize-path.ts'
import { showConsentPage } from './consent-page.ts'
import { showContinuePage } from './continue-page.ts'
import { responseUrl } from './redirect-uri.ts'
import { authorizationErrorHandler } from './refusal.ts'
import { promptReason, recallConsent } from './remembered-consent.ts'
import { findRequestingClient, mustSignInToFetch } from './requesting-client.ts'

/**
 * The authorization endpoint: GET and HEAD, and POST with the same parameters in a form. RFC 6749
 * §3.1.
 */
export const authorizeEndpoint: FastifyPluginAsync = async (app) => {
  app.setErrorHandler(authorizationErrorHandler)
  app.get('', (request, reply) =>
    authorize(app, request, reply, request.url.split('?').slice(1).join('?'))
  )
  app.post('', (request, reply) => authorize(app, request, reply, rawFormOf(request).toString()))
}

/**
 * Answers with the sign-in page, the consent page, or a code where an earlier decision covers the
 * request. Throws PageError until client and redirect URI are proven, then AuthorizationError.
 */
async function authorize(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  query: string
): Promise<FastifyReply> {
  const session = await app.auth.session(request)
  const parameters = new Parameters(query)
  const client = await findRequestingClient(app, parameters, { mayFetch: session !== undefined })
  if (!session && mustSignInToFetch(app, parameters, client)) {
    return reply.page('login', { returnTo: authorizePath(query), ways: app.signIn.ways() })
  }
  const authorizationRequest = await readAuthorizationRequest(app, parameters, client)
  const mayInteract = authorizationRequest.prompt !== 'none'
  if (!session) {
    if (!mayInteract) throw interactionRequired('login_required', authorizationRequest)
    const clientName = authorizationRequest.client.client_name
    const ways = app.signIn.ways()
    return reply.page('login', { returnTo: authorizePath(query), clientName, ways })
  }
  const scope = await offeredScope(app, session, authorizationRequest)
  const earlierConsent = await recallConsent(
    app,
    session.user_id,
    authorizationRequest,
    permissionsOf(scope)
  )
  const reason = promptReason(request, authorizationRequest, scope, earlierConsent)
  if (reason === undefined) {
    const { consentedAt, limits } = earlierConsent!
    const decision = { authorizationRequest, userId: session.user_id, scope, consentedAt, limits }
    return approveSilently(app, request, reply, decision)
  }
  if (!mayInteract) throw interactionRequired(reason, authorizationRequest)
  return showConsentPage(app, reply, session, {
    authorizationRequest,
    query,
    scope,
    earlierConsent
  })
}

/** `error` is one of OpenID Connect Core §3.1.2.6. */
function interactionRequired(
  error: string,
  authorizationRequest: AuthorizationRequest
): AuthorizationError {
  return new AuthorizationError(
    error,
    'a person must answer, and prompt=none forbids to ask',
    authorizationRequest
  )
}

/**
 * The scope that the consent page has boxes for. Without a scope in the request, it is the one that
 * this person last let the client have. Throws AuthorizationError.
 */
async function offeredScope(
  app: FastifyInstance,
  session: Session,
  authorizationRequest: AuthorizationRequest
): Promise<string> {
  const { client_id: clientId, scope: clientScope } = authorizationRequest.client
  const scope = narrowScope(
    authorizationRequest.scope ?? ((await lastScope()) || clientScope),
    clientScope
  )
  if (permissionsOf(scope).size > 0) return scope
  throw new AuthorizationError(
    'invalid_scope',
    'the client is registered for no scope that can be granted',
    authorizationRequest
  )

  async function lastScope(): Promise<string> {
    return narrowScope((await findLastScope(app.db, session.user_id, clientId)) ?? '', clientScope)
  }
}

/**
 * Answers with a code on the strength of an earlier decision. After this server's own sign-in form
 * it takes a page that navigates, because browsers would block a redirect.
 */
async function approveSilently(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  decision: {
    authorizationRequest: AuthorizationRequest
    userId: string
    scope: string
    consentedAt: Date
    limits: AccessLimits
  }
): Promise<FastifyReply> {
  const { authorizationRequest } = decision
  const code = newSecret(CODE_PREFIX)
  await approveRequest(app, request, { ...decision, code })
  if (request.headers['sec-fetch-site'] === 'same-origin') {
    return showContinuePage(app, reply, authorizationRequest, { code }, true)
  }
  const { redirectUri, state } = authorizationRequest
  return reply
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .redirect(responseUrl(app, redirectUri, { code, state }), 303)
}
