import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { requireSameOrigin, signInPath } from '../../../plugins/auth/index.ts'
import { formOf } from '../../../plugins/form-parameters.ts'
import type { PageNotice } from '../../../plugins/notices.ts'
import { codeRefusal, type PendingSignIn } from '../../../plugins/second-factor.ts'

/** Asks for the second factor of a sign-in whose password is proven, and completes it. */
const secondFactorPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const pending = await app.secondFactor.pending(request)
    if (!pending) return startAgain(app, request, reply)
    const notice = app.notices.takeSignedOut(request, reply, 'login/second-factor')
    const { problem, status = 200, retryAfter } = notice ?? {}
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    const pageData = { factor: formToken(app, pending.signIn), ...(problem && { problem }) }
    return reply.page('sign-in/second-factor', pageData, status)
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const form = formOf(request)
    const pending = await app.secondFactor.pending(request)
    if (!pending || form.get('factor') !== formToken(app, pending.signIn)) {
      return startAgain(app, request, reply)
    }
    const { signIn, user } = pending
    const result = await app.secondFactor.check(user.user_id, form.get('code') ?? '')
    if ('reason' in result) {
      const { reason } = result
      await request.auditBounded('auth.login.failed', { reason, user_id: user.user_id })
      return askAgain(app, reply, codeRefusal(request.texts, 'second-factor', result))
    }
    if (!(await app.secondFactor.endPending(reply, signIn))) return startAgain(app, request, reply)
    if (result.method === 'recovery_code') {
      await request.audit('user.recovery_code_used', { user_id: user.user_id })
    }
    const step = { ...signIn, method: `${signIn.method}_and_${result.method}` }
    const nextPath = await app.signIn.complete(request, reply, user, step)
    if (nextPath === undefined) return startAgain(app, request, reply)
    return reply.header('cache-control', 'no-store').redirect(nextPath, 303)
  })
}
export default secondFactorPage

/** Binds the form to the pending sign-in of this browser. */
function formToken({ seal }: FastifyInstance, { id }: PendingSignIn): string {
  return seal.derive('second factor form', id)
}

function askAgain(app: FastifyInstance, reply: FastifyReply, refusal: PageNotice): FastifyReply {
  app.notices.leaveSignedOut(reply, { place: 'login/second-factor', ...refusal })
  return reply.header('cache-control', 'no-store').redirect('/login/second-factor', 303)
}

function startAgain(
  app: FastifyInstance,
  { texts }: FastifyRequest,
  reply: FastifyReply
): FastifyReply {
  const problem = { form: 'login', text: texts.signIn.codeExpired }
  app.notices.leaveSignedOut(reply, { place: 'login', problem, status: 401 })
  return reply.header('cache-control', 'no-store').redirect(signInPath('/'), 303)
}
