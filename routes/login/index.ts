import type { FastifyPluginAsync } from 'fastify'
import { anyUser } from '../../db/users.ts'
import { knownBrowser, ownPath, requireSameOrigin, signIn } from '../../plugins/auth/index.ts'
import { formOf, queryOf } from '../../plugins/form-parameters.ts'

/** Sign-in, and back to the page of ours that asked for it. */
const login: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    return reply.page('login', { returnTo: ownPath(queryOf(request.url).get('return_to')), setupNeeded: !await anyUser(app.db) })
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const form = formOf(request)
    const email = form.get('email') ?? ''
    const returnTo = ownPath(form.get('return_to'))
    const again = (statusCode: number, problem: string) => reply.page('login', { returnTo, email, problem }, statusCode)
    if (form.malformed.length > 0 || email.length > 320 || (form.get('password') ?? '').length > 1024) return again(400, 'That is not a valid email address or password.')

    let result = await signIn(app.db, {
      email, password: form.get('password') ?? '', address: request.ip, knownBrowser: knownBrowser(app, request)
    })
    if ('user' in result && !await app.auth.startSession(request, reply, result.user)) result = { reason: 'wrong_password', user_id: result.user.user_id } // changed meanwhile
    if ('user' in result) {
      await request.audit('auth.login.succeeded', { user_id: result.user.user_id })
      return reply.header('cache-control', 'no-store').redirect(returnTo, 303)
    }
    await request.audit('auth.login.failed', { reason: result.reason, user_id: 'user_id' in result ? result.user_id : undefined, details: addressOf(email) })
    if (result.reason !== 'throttled') return again(401, 'Email or password is wrong.')
    reply.header('retry-after', result.retryAfter)
    return reply.page('login', { returnTo, email, retryAfter: result.retryAfter }, 429)
  })
}
export default login

/** What was typed is noted only when it looks like an address: people type passwords into the wrong field. */
function addressOf (typed: string): { email?: string } {
  return /^[^\s@]+@[^\s@]+$/.test(typed.trim()) ? { email: typed } : {}
}
