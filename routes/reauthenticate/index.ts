import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { findIdentity } from '../../db/people/external-identities.ts'
import { hasPasskey } from '../../db/people/passkeys.ts'
import { renewAuthentication, type Session } from '../../db/people/sessions.ts'
import { findUser, type User } from '../../db/people/users.ts'
import { ownPath, signInPath } from '../../plugins/auth/index.ts'
import { provePassword } from '../../plugins/auth/password-proof.ts'
import type { Pages } from '../../plugins/consent-views/page-data.ts'
import { formOf, type Parameters, queryOf } from '../../plugins/form-parameters.ts'
import type { PageNotice } from '../../plugins/notices.ts'
import { codeRefusal, passwordRefusal } from '../../plugins/second-factor.ts'

/** Asks a signed-in person to prove who they are, and returns them to what needs the proof. */
const reauthenticatePage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const returnTo = ownPath(queryOf(request.url).get('return_to'))
    const session = await app.auth.session(request)
    // A new sign-in proves as much.
    if (!session) {
      return reply.header('cache-control', 'no-store').redirect(signInPath(returnTo), 303)
    }
    const notice = await app.notices.take(request, session, 'reauthenticate')
    const { problem, status = 200, retryAfter } = notice ?? {}
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    const pageData = {
      user: { name: session.name, email: session.email, role: session.role },
      csrf: app.auth.csrf(session),
      returnTo,
      ways: await waysOf(app, session),
      ...(problem && { problem })
    }
    return reply.page('sign-in/reauthenticate', pageData, status)
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const returnTo = ownPath(form.get('return_to'))
    const proof = await proveFactors(app, request, session, form)
    if ('refusal' in proof) return refuse(app, reply, session, returnTo, proof.refusal)
    if (!(await renewAuthentication(app.db, session, proof.user))) {
      return refuse(app, reply, session, returnTo, wrongPassword(request))
    }
    const details = { method: proof.method }
    await request.audit('auth.reauthenticated', { user_id: session.user_id, details })
    return reply.header('cache-control', 'no-store').redirect(returnTo, 303)
  })
}
export default reauthenticatePage

/** The ways that this person has, besides signing in again. */
async function waysOf(
  app: FastifyInstance,
  { user_id: userId }: Session
): Promise<Pages['sign-in/reauthenticate']['ways']> {
  const { passkey, provider } = app.signIn.ways()
  const { issuer } = app.oidc
  const [user, hasKey, code, identity] = await Promise.all([
    findUser(app.db, userId),
    hasPasskey(app.db, userId),
    app.secondFactor.isSetUp(userId),
    issuer === undefined ? undefined : findIdentity(app.db, userId, issuer)
  ])
  return {
    password: user?.password_hash != null,
    code,
    passkey: passkey && hasKey,
    ...(provider !== undefined && identity && { provider })
  }
}

/** The password, and where the person set it up the second factor as well. */
async function proveFactors(
  app: FastifyInstance,
  request: FastifyRequest,
  session: Session,
  form: Parameters
): Promise<{ user: User; method: string } | { refusal: PageNotice }> {
  const password = form.get('current_password') ?? ''
  const proof = await provePassword(app, request, session, 'reauthenticate', password)
  if ('refusal' in proof) {
    return { refusal: wrongPassword(request, proof.refusal.retryAfter) }
  }
  if (!(await app.secondFactor.isSetUp(session.user_id))) return { ...proof, method: 'password' }
  const result = await app.secondFactor.check(session.user_id, form.get('code') ?? '')
  if ('method' in result) return { ...proof, method: `password_and_${result.method}` }
  const { reason } = result
  await request.audit('auth.login.failed', { reason, user_id: session.user_id })
  return { refusal: codeRefusal(request.texts, 'reauthenticate', result) }
}

function wrongPassword({ texts }: FastifyRequest, retryAfter?: number): PageNotice {
  return passwordRefusal(texts, { form: 'reauthenticate', field: 'current_password', retryAfter })
}

/** Shows the form again, with what is wrong. */
async function refuse(
  app: FastifyInstance,
  reply: FastifyReply,
  session: Session,
  returnTo: string,
  refusal: PageNotice
): Promise<FastifyReply> {
  await app.notices.leave(session, 'reauthenticate', refusal)
  return reply
    .header('cache-control', 'no-store')
    .redirect(`/reauthenticate?return_to=${encodeURIComponent(returnTo)}`, 303)
}
