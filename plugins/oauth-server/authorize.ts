import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { findLastScope } from '../../db/oauth-grants.ts'
import type { Session } from '../../db/sessions.ts'
import { groupsOf, groupTexts, narrowScope } from '../../tools/scopes.ts'
import { formOf, Parameters } from '../form-parameters.ts'
import { AuthorizationError, type AuthorizationRequest, checkAuthorizationRequest, UnregisteredRedirectUri } from './authorization-request.ts'
import { redirectTarget } from './redirect-uri.ts'

/** What the consent form carries, signed: the request as it came, for this person in this browser. Rendering it costs no state. */
export interface ConsentForm {
  query: string
  scope: string
  user_id: string
  session_hash: string
  /** Makes every rendering its own form, and so its own code. */
  nonce: string
}

/** The authorization endpoint: GET and HEAD, and POST with the same parameters in a form. RFC 6749 §3.1. */
export const authorizeEndpoint: FastifyPluginAsync = async (app) => {
  app.get('', (request, reply) => authorize(app, request, reply, request.url.split('?').slice(1).join('?')))
  app.post('', (request, reply) => authorize(app, request, reply, formOf(request).toString()))
}

async function authorize (app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, query: string): Promise<FastifyReply> {
  const session = await app.auth.session(request)
  try {
    const asked = await checkAuthorizationRequest(app, new Parameters(query))
    if (asked.silent) throw new AuthorizationError(session ? 'consent_required' : 'login_required', 'a person must answer, and prompt=none forbids to ask', asked)
    return session
      ? await showConsent(app, reply, session, asked, query)
      : reply.page('login', { returnTo: `/api/v1/oauth/authorize?${query}`, clientName: asked.client.client_name })
  } catch (error) {
    if (error instanceof AuthorizationError) return refuse(app, request, reply, error, session)
    if (error instanceof UnregisteredRedirectUri && session?.role === 'admin') {
      await request.audit('oauth.authorize.refused', { reason: error.reason, user_id: session.user_id, details: Object.fromEntries(error.received ?? []) })
      return reply.page('error', { ...error, message: error.message, status: error.statusCode, requestId: request.id, command: error.allowCommand }, error.statusCode)
    }
    throw error
  }
}

async function showConsent (app: FastifyInstance, reply: FastifyReply, session: Session, asked: AuthorizationRequest, query: string): Promise<FastifyReply> {
  const { client } = asked
  const scope = narrowScope(asked.scope ?? (narrowScope(await findLastScope(app.db, session.user_id, client.client_id) ?? '', client.scope) || client.scope), client.scope)
  if (groupsOf(scope).size === 0) throw new AuthorizationError('invalid_scope', 'the client is registered for no scope that can be granted', asked)
  const form: ConsentForm = { query, scope, user_id: session.user_id, session_hash: session.session_hash, nonce: crypto.randomUUID() }
  const here = `/api/v1/oauth/authorize?${query}`
  return reply.page('consent', {
    clientName: client.client_name || client.client_id,
    clientId: client.client_id,
    ...redirectTarget(asked.redirectUri),
    registeredBy: client.registration,
    registeredAt: client.created_at,
    user: { name: session.name, email: session.email },
    groups: [...groupsOf(scope)].map((group) => ({ scope: `mcp:${group}`, ...groupTexts[group] })),
    form: app.seal.sign('consent', form),
    action: '/api/v1/oauth/consent',
    switchAccount: `/login?return_to=${encodeURIComponent(here)}`
  })
}

/**
 * Sends an error back to the client. An anonymous visitor is not sent on by himself to the address of a client that registered itself,
 * or this service would be an open redirector (OAuth 2.1 §7.13.2): he gets a page with the link.
 */
async function refuse (app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, error: AuthorizationError, session: Session | undefined): Promise<FastifyReply> {
  const { client } = error
  await request.audit('oauth.authorize.refused', { client_id: client.client_id, user_id: session?.user_id, reason: error.error, details: { description: error.message } })
  const url = answerUrl(app, error.redirectUri, { error: error.error, error_description: error.message, state: error.state })
  if (session || client.registration === 'operator') return reply.header('cache-control', 'no-store').redirect(url, 303)
  return reply.page('error', {
    status: 400,
    title: 'The app sent a request that cannot be answered',
    message: error.message,
    requestId: request.id,
    link: { href: url, text: `Go back to ${redirectTarget(error.redirectUri).redirectHost}` }
  }, 400)
}

/** The redirect URI with the answer added to its query; always with `iss` (RFC 9207). The registered part keeps its bytes. */
export function answerUrl (app: FastifyInstance, redirectUri: string, answer: Record<string, string | undefined>): string {
  const added = new URLSearchParams(Object.entries({ ...answer, iss: app.publicUrl }).filter((entry): entry is [string, string] => entry[1] !== undefined))
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${added.toString()}`
}
