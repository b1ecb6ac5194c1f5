import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { hasAnyUser } from '../../db/people/users.ts'
import { knownBrowser, ownPath, requireSameOrigin, signIn } from '../../plugins/auth/index.ts'
import { formOf, queryOf } from '../../plugins/form-parameters.ts'
import { isBrowser, type PageNotice, typedText } from '../../plugins/notices.ts'
import { signInPage, signInPath } from '../../plugins/oauth-server/authorize/sign-in-page.ts'

/** Sign-in, and back to the page of ours that asked for it. */
const login: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const returnTo = ownPath(queryOf(request.url).get('return_to'))
    const setupNeeded = !(await hasAnyUser(app.db))
    const notice = app.notices.takeSignedOut(request, reply, 'login')
    return showSignIn(reply, { returnTo, setupNeeded }, notice ?? {})
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const form = formOf(request)
    const email = form.get('email') ?? ''
    const returnTo = ownPath(form.get('return_to'))
    const refuse = (status: number, text?: string, retryAfter?: number) => {
      const refusal: PageNotice = {
        status,
        typed: { email: typedText(email) },
        ...(text !== undefined && { problem: { form: 'login', text } }),
        ...(retryAfter !== undefined && { retryAfter })
      }
      if (!isBrowser(request)) return showSignIn(reply, { returnTo }, refusal)
      app.notices.leaveSignedOut(reply, { place: 'login', ...refusal })
      return reply.header('cache-control', 'no-store').redirect(signInPath(returnTo), 303)
    }
    if (
      form.malformed.length > 0 ||
      email.length > 320 ||
      (form.get('password') ?? '').length > 1024
    ) {
      return refuse(400, 'That is not a valid email address or password.')
    }

    let result = await signIn(app.db, {
      email,
      password: form.get('password') ?? '',
      address: request.ip,
      knownBrowser: knownBrowser(app, request)
    })
    if ('user' in result && !(await app.auth.startSession(request, reply, result.user))) {
      // The password was changed in between.
      result = { reason: 'wrong_password', user_id: result.user.user_id }
    }
    if ('user' in result) {
      await request.audit('auth.login.succeeded', { user_id: result.user.user_id })
      return reply.header('cache-control', 'no-store').redirect(returnTo, 303)
    }
    await request.auditBounded('auth.login.failed', {
      reason: result.reason,
      user_id: 'user_id' in result ? result.user_id : undefined,
      details: addressOf(email)
    })
    if (result.reason !== 'throttled') return refuse(401, 'Email or password is wrong.')
    return refuse(429, undefined, result.retryAfter)
  })

  function showSignIn(
    reply: FastifyReply,
    page: { returnTo: string; setupNeeded?: boolean },
    notice: PageNotice
  ): Promise<FastifyReply> {
    const { problem, typed, retryAfter, status } = notice
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    return signInPage(
      app,
      reply,
      {
        ...page,
        ...(typeof typed?.['email'] === 'string' && { email: typed['email'] }),
        ...(problem && { problem: problem.text }),
        ...(retryAfter !== undefined && { retryAfter })
      },
      status
    )
  }
}
export default login

/**
 * What was typed is noted only when it looks like an address: people type passwords into the wrong
 * field.
 */
function addressOf(typed: string): { email?: string } {
  return /^[^\s@]+@[^\s@]+$/.test(typed.trim()) ? { email: typed } : {}
}
