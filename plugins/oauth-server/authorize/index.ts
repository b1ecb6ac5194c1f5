import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { CODE_PREFIX } from '../../../db/oauth/authorization-codes.ts'
import { findLastScope } from '../../../db/oauth/consents.ts'
import { newSecret } from '../../../lib/secrets.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { groupsOf, narrowScope } from '../../../tools/scopes.ts'
import { rawFormOf, Parameters } from '../../form-parameters.ts'
import { approve } from './approval.ts'
import { AuthorizationError, type AuthorizationRequest } from './authorization-request.ts'
import { fetchClient } from '../client/client.ts'
import { showConsent } from './consent-page.ts'
import { readAuthorizationRequest } from './pushed-authorization-request.ts'
import { answerUrl, redirectTarget } from './redirect-uri.ts'
import { reasonToAsk, recallConsent } from './remembered-consent.ts'
import { UnregisteredRedirectUri } from './requesting-client.ts'
import { signInPage } from './sign-in-page.ts'

const REFUSED = 'oauth.authorize.refused'

/**
 * The authorization endpoint: GET and HEAD, and POST with the same parameters in a form. RFC 6749
 * §3.1.
 */
export const authorizeEndpoint: FastifyPluginAsync = async (app) => {
  app.get('', (request, reply) =>
    authorize(app, request, reply, request.url.split('?').slice(1).join('?'))
  )
  app.post('', (request, reply) => authorize(app, request, reply, rawFormOf(request).toString()))
}

async function authorize(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  query: string
): Promise<FastifyReply> {
  const session = await app.auth.session(request)
  try {
    if (!(await fetchClient(app, new Parameters(query).get('client_id'), session !== undefined))) {
      return await signInPage(app, reply, { returnTo: `/api/v1/oauth/authorize?${query}` })
    }
    const asked = await readAuthorizationRequest(app, query)
    if (!session) {
      if (asked.prompt === 'none') throw mustAsk('login_required', asked)
      return reply.page('login', {
        returnTo: `/api/v1/oauth/authorize?${query}`,
        clientName: asked.client.client_name
      })
    }
    const scope = await offeredScope(app, session, asked)
    const earlier = await recallConsent(app, session.user_id, asked, groupsOf(scope))
    const reason = reasonToAsk(request, asked, scope, earlier)
    if (reason === undefined) {
      return await approveUnasked(app, request, reply, {
        asked,
        userId: session.user_id,
        scope,
        consentedAt: earlier!.consentedAt
      })
    }
    if (asked.prompt === 'none') throw mustAsk(reason, asked)
    return await showConsent(app, reply, session, { asked, query, scope, earlier })
  } catch (error) {
    if (error instanceof AuthorizationError) return refuse(app, request, reply, error, session)
    if (error instanceof UnregisteredRedirectUri && session?.role === 'admin') {
      await request.audit(REFUSED, {
        reason: error.reason,
        user_id: session.user_id,
        details: Object.fromEntries(error.received ?? [])
      })
      return reply.page(
        'error',
        {
          ...error,
          message: error.message,
          status: error.statusCode,
          requestId: request.id,
          command: error.allowCommand
        },
        error.statusCode
      )
    }
    throw error
  }
}

/**
 * Whether this person approved this client, as it is now, for this address, and did not take it
 * back.
 */
async function isApproved(
  app: FastifyInstance,
  userId: string,
  error: AuthorizationError
): Promise<boolean> {
  return (await recallConsent(app, userId, error))?.sawTheSame ?? false
}

function mustAsk(error: string, asked: AuthorizationRequest): AuthorizationError {
  return new AuthorizationError(
    error,
    'a person must answer, and prompt=none forbids to ask',
    asked
  )
}

/**
 * What the page has boxes for; without a scope in the request, what this person let the client have
 * last time.
 */
async function offeredScope(
  app: FastifyInstance,
  session: Session,
  asked: AuthorizationRequest
): Promise<string> {
  const { client } = asked
  const scope = narrowScope(
    asked.scope ??
      (narrowScope(
        (await findLastScope(app.db, session.user_id, client.client_id)) ?? '',
        client.scope
      ) ||
        client.scope),
    client.scope
  )
  if (groupsOf(scope).size === 0) {
    throw new AuthorizationError(
      'invalid_scope',
      'the client is registered for no scope that can be granted',
      asked
    )
  }
  return scope
}

/**
 * The answer of an earlier decision, at once. After our own sign-in form it is a page that
 * navigates: browsers hold forms to `form-action 'self'` through every redirect.
 */
async function approveUnasked(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  earlier: {
    asked: AuthorizationRequest
    userId: string
    scope: string
    consentedAt: Date
  }
): Promise<FastifyReply> {
  const { asked } = earlier
  const code = newSecret(CODE_PREFIX)
  await approve(app, request, { ...earlier, code })
  const url = answerUrl(app, asked.redirectUri, { code, state: asked.state })
  if (request.headers['sec-fetch-site'] !== 'same-origin') {
    return reply
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .redirect(url, 303)
  }
  return reply.page('continue', {
    url,
    clientName: asked.client.client_name || asked.client.client_id,
    approved: true,
    redirectHost: redirectTarget(asked.redirectUri).redirectHost
  })
}

/**
 * Sends an error back to the client. Nobody is sent on to the address of a client that registered
 * itself before having approved it, or this service would be an open redirector (OAuth 2.1 §7.13.2)
 * that also opens apps and tells whether somebody is signed in: they get a page with the link.
 */
async function refuse(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  error: AuthorizationError,
  session: Session | undefined
): Promise<FastifyReply> {
  const { client } = error
  const details = { description: error.message }
  const entry = {
    client_id: client.client_id,
    user_id: session?.user_id,
    reason: error.error,
    details
  }
  await (session ? request.audit(REFUSED, entry) : request.auditBounded(REFUSED, entry))
  const url = answerUrl(app, error.redirectUri, {
    error: error.error,
    error_description: error.message,
    state: error.state
  })
  if (
    client.registration === 'operator' ||
    (session && (await isApproved(app, session.user_id, error)))
  ) {
    return reply.header('cache-control', 'no-store').redirect(url, 303)
  }
  return reply.page(
    'error',
    {
      status: 400,
      title: 'The app sent a request that cannot be answered',
      message: error.message,
      requestId: request.id,
      link: { href: url, text: `Go back to ${redirectTarget(error.redirectUri).redirectHost}` }
    },
    400
  )
}
