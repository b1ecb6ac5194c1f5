import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { findUser, type User } from '../../../../db/people/users.ts'
import { knownBrowser, requireSameOrigin, signIn } from '../../../../plugins/auth/index.ts'
import { formOf } from '../../../../plugins/form-parameters.ts'
import type { PendingLink } from '../../../../plugins/oidc/index.ts'
import { passwordRefusal } from '../../../../plugins/second-factor.ts'

const MAX_PASSWORD_LENGTH = 1024

/**
 * Links an account of the provider to the account here with the same email address, once the person
 * proves the latter by its password, and by its second factor.
 */
const linkPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const pending = await findPending(app, request)
    if (!pending) return startAgain(app, request, reply)
    const notice = app.notices.takeSignedOut(request, reply, 'login/oidc/link')
    const { problem, status = 200, retryAfter } = notice ?? {}
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    const { link, user } = pending
    const pageData = {
      providerName: app.oidc.providerName ?? '',
      email: user.email,
      hasPassword: user.password_hash !== null,
      link: formToken(app, link),
      ...(problem && { problem })
    }
    return reply.page('sign-in/link-account', pageData, status)
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const form = formOf(request)
    const pending = await findPending(app, request)
    if (!pending || form.get('link') !== formToken(app, pending.link)) {
      return startAgain(app, request, reply)
    }
    const { link, user } = pending
    const result = await signIn(app.db, {
      email: user.email,
      password: (form.get('password') ?? '').slice(0, MAX_PASSWORD_LENGTH + 1),
      address: request.ip,
      knownBrowser: knownBrowser(app, request)
    })
    if ('user' in result && result.user.user_id === link.user_id) {
      app.oidc.clearLink(reply)
      const { name: _, ...account } = link.account
      const step = { return_to: link.return_to, method: 'password', link: account } as const
      const nextPath = await app.signIn.proceed(request, reply, result.user, step)
      if (nextPath === undefined) return startAgain(app, request, reply)
      return reply.header('cache-control', 'no-store').redirect(nextPath, 303)
    }
    const reason = 'user' in result ? 'wrong_password' : result.reason
    await request.auditBounded('auth.login.failed', { reason, user_id: user.user_id })
    const { retryAfter } = 'retryAfter' in result ? result : {}
    return askAgain(app, request, reply, retryAfter)
  })
}
export default linkPage

async function findPending(
  app: FastifyInstance,
  request: FastifyRequest
): Promise<{ link: PendingLink; user: User } | undefined> {
  const link = app.oidc.pendingLink(request)
  const user = link && (await findUser(app.db, link.user_id))
  return user && link ? { link, user } : undefined
}

/** Binds the form to the pending link of this browser. */
function formToken({ seal }: FastifyInstance, { id }: PendingLink): string {
  return seal.derive('link account form', id)
}

function askAgain(
  app: FastifyInstance,
  { texts }: FastifyRequest,
  reply: FastifyReply,
  retryAfter: number | undefined
): FastifyReply {
  const refusal = passwordRefusal(texts, { form: 'link', field: 'password', retryAfter })
  app.notices.leaveSignedOut(reply, { place: 'login/oidc/link', ...refusal })
  return reply.header('cache-control', 'no-store').redirect('/login/oidc/link', 303)
}

function startAgain(
  app: FastifyInstance,
  { texts }: FastifyRequest,
  reply: FastifyReply
): FastifyReply {
  const problem = { form: 'login', text: texts.signIn.linkExpired }
  app.notices.leaveSignedOut(reply, { place: 'login', problem, status: 401 })
  return reply.header('cache-control', 'no-store').redirect('/login', 303)
}
