import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { findIdentityBySubject, insertIdentity } from '../../../../db/people/external-identities.ts'
import { renewAuthentication, type Session } from '../../../../db/people/sessions.ts'
import { findUser } from '../../../../db/people/users.ts'
import { findProviderPerson, isAllowedEmail } from '../../../../domain/sign-in/provider.ts'
import {
  ProviderError,
  providerFaultPage,
  type ProviderSignIn
} from '../../../../plugins/oidc/index.ts'

/** Where the provider sends the person back to: signs in, links an account, or proves again. */
const providerCallback: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    try {
      const signIn = await app.oidc.finish(request, reply)
      return await (signIn.purpose === 'sign-in'
        ? signInPerson(app, request, reply, signIn)
        : proveSession(app, request, reply, signIn))
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      request.log.warn(error)
      throw providerFaultPage(request.texts, app.oidc.providerName ?? '', error)
    }
  })
}
export default providerCallback

async function signInPerson(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  { account, return_to: returnTo }: ProviderSignIn
): Promise<FastifyReply> {
  const result = await findProviderPerson(app.db, account, app.oidc.rules)
  if ('reason' in result) throw new ProviderError(result.reason, { user_id: result.user_id })
  if ('linkable' in result) {
    app.oidc.leaveLink(reply, { account, user_id: result.linkable.user_id, return_to: returnTo })
    return reply.header('cache-control', 'no-store').redirect('/login/oidc/link', 303)
  }
  const { user_id: userId } = result.user
  const details = { issuer: account.issuer, email: account.email }
  if (result.isNew) {
    await request.audit('user.created', { user_id: userId, reason: 'oidc_sign_up', details })
  }
  if (result.isLinked) await request.audit('user.identity_linked', { user_id: userId, details })
  const step = { return_to: returnTo, method: 'provider' } as const
  const nextPath = await app.signIn.proceed(request, reply, result.user, step)
  if (nextPath !== undefined) {
    return reply.header('cache-control', 'no-store').redirect(nextPath, 303)
  }
  throw new ProviderError('disabled_user', { user_id: userId })
}

/** Links the account to the person of the session, or proves that it is the same person. */
async function proveSession(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  { account, purpose, session_hash: sessionHash, return_to: returnTo }: ProviderSignIn
): Promise<FastifyReply> {
  const session = await app.console.requireSession(request)
  if (session.session_hash !== sessionHash) throw new ProviderError('oidc_wrong_state')
  if (!isAllowedEmail(account.email, app.oidc.rules)) {
    throw new ProviderError('oidc_email_denied', { user_id: session.user_id })
  }
  return purpose === 'link'
    ? linkAccount(app, request, reply, session, account)
    : reauthenticate(app, request, reply, session, { account, returnTo })
}

async function linkAccount(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  account: ProviderSignIn['account']
): Promise<FastifyReply> {
  app.auth.requireRecent(request, session, '/settings/security')
  const { user_id: userId } = session
  if (!(await insertIdentity(app.db, userId, account))) {
    throw new ProviderError('oidc_identity_taken', { user_id: userId })
  }
  const details = { issuer: account.issuer, email: account.email }
  await request.audit('user.identity_linked', { user_id: userId, details })
  const notice = request.texts.security.linked(app.oidc.providerName ?? '')
  return app.console.redirect(reply, session, '/settings/security', { notice })
}

async function reauthenticate(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  { account, returnTo }: { account: ProviderSignIn['account']; returnTo: string }
): Promise<FastifyReply> {
  const { user_id: userId } = session
  const identity = await findIdentityBySubject(app.db, account)
  if (identity?.user_id !== userId) {
    throw new ProviderError('oidc_another_account', { user_id: userId })
  }
  const user = await findUser(app.db, userId)
  if (user) await renewAuthentication(app.db, session, user)
  const details = { method: 'provider' }
  await request.audit('auth.reauthenticated', { user_id: userId, details })
  return reply.header('cache-control', 'no-store').redirect(returnTo, 303)
}
