import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from '../../../db/people/sessions.ts'
import { AuthorizationError } from './authorization-error.ts'
import { redirectTarget, responseUrl } from './redirect-uri.ts'
import { recallConsent } from './remembered-consent.ts'
import { UnregisteredRedirectUriError } from './requesting-client.ts'

const REFUSED = 'oauth.authorize.refused'

/**
 * Words the refusals of the authorization endpoint and of the consent form: an AuthorizationError
 * goes to the client, and administrators see how to allow an unregistered address. Any other error
 * goes on to the handler of the whole server.
 */
export async function authorizationErrorHandler(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  const isForClient = error instanceof AuthorizationError
  if (!isForClient && !(error instanceof UnregisteredRedirectUriError)) throw error
  const session = await request.server.auth.session(request)
  if (isForClient) return answerClient(request, reply, error, session)
  if (session?.role !== 'admin') throw error
  return showAllowCommand(request, reply, error, session)
}

/** Redirects the error to the client where that is safe. Otherwise the person sees it first. */
async function answerClient(
  request: FastifyRequest,
  reply: FastifyReply,
  authorizationError: AuthorizationError,
  session: Session | undefined
): Promise<FastifyReply> {
  const { error, message, target } = authorizationError
  const auditEntry = {
    client_id: target.client.client_id,
    user_id: session?.user_id,
    reason: error,
    details: { description: message }
  }
  await (session ? request.audit(REFUSED, auditEntry) : request.auditBounded(REFUSED, auditEntry))
  const errorUrl = responseUrl(request.server, target.redirectUri, {
    error,
    error_description: message,
    state: target.state
  })
  if (await mayRedirect(request, session, authorizationError)) {
    return reply.header('cache-control', 'no-store').redirect(errorUrl, 303)
  }
  return showErrorPage(request, reply, authorizationError, errorUrl)
}

/**
 * A client that registered itself gets no redirect before this person approved it. Otherwise this
 * server would be an open redirector (OAuth 2.1 §7.13.2), open apps, and tell whether a person is
 * signed in. After a form of this server browsers block the redirect (`form-action 'self'`).
 */
async function mayRedirect(
  request: FastifyRequest,
  session: Session | undefined,
  authorizationError: AuthorizationError
): Promise<boolean> {
  if (request.headers['sec-fetch-site'] === 'same-origin') return false
  if (authorizationError.target.client.registration === 'operator') return true
  return session !== undefined && (await isApprovedClient(request, session, authorizationError))
}

/** Shows the error with a link that takes it to the client. */
function showErrorPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { message, target }: AuthorizationError,
  errorUrl: string
): FastifyReply {
  const { redirectHost } = redirectTarget(target.redirectUri)
  return reply.page(
    'error',
    {
      status: 400,
      title: 'This server cannot answer the request of the app',
      message,
      requestId: request.id,
      link: { href: errorUrl, text: `Go back to ${redirectHost}` }
    },
    400
  )
}

/**
 * This person approved this client, as it is now, for this address, and did not take the approval
 * back.
 */
async function isApprovedClient(
  { server: app }: FastifyRequest,
  session: Session,
  { target }: AuthorizationError
): Promise<boolean> {
  return (await recallConsent(app, session.user_id, target))?.sawTheSame ?? false
}

async function showAllowCommand(
  request: FastifyRequest,
  reply: FastifyReply,
  error: UnregisteredRedirectUriError,
  administrator: Session
): Promise<FastifyReply> {
  const { statusCode, title, message, advice, received, reason, allowCommand } = error
  await request.audit(REFUSED, {
    reason,
    user_id: administrator.user_id,
    details: Object.fromEntries(received ?? [])
  })
  return reply.page(
    'error',
    {
      status: statusCode,
      title,
      message,
      advice,
      received,
      command: allowCommand,
      requestId: request.id
    },
    statusCode
  )
}
