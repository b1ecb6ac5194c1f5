import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { hasAnyUser } from '../../db/people/users.ts'
import {
  knownBrowser,
  ownPath,
  requireSameOrigin,
  signIn,
  signInPath,
  type SignInResult
} from '../../plugins/auth/index.ts'
import { formOf, type Parameters, queryOf } from '../../plugins/form-parameters.ts'
import { isBrowser, type PageNotice, typedText } from '../../plugins/notices.ts'
import { signInPage } from '../../plugins/oauth-server/authorize/sign-in-page.ts'

const MAX_EMAIL_LENGTH = 320
const MAX_PASSWORD_LENGTH = 1024

/** Signs a person in, and returns them to the page that asked for it. */
const loginPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const returnTo = ownPath(queryOf(request.url).get('return_to'))
    const setupNeeded = !(await hasAnyUser(app.db))
    const notice = app.notices.takeSignedOut(request, reply, 'login')
    return showSignIn(app, reply, { returnTo, setupNeeded }, notice ?? {})
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const form = formOf(request)
    if (isUnreadable(form)) {
      const text = request.texts.signIn.unreadable
      return refuseSignIn(app, request, reply, { status: 400, text })
    }
    let result = await checkPassword(app, request, form)
    if ('user' in result) {
      const step = { method: 'password', return_to: ownPath(form.get('return_to')) } as const
      const nextPath = await app.signIn.proceed(request, reply, result.user, step)
      if (nextPath !== undefined) {
        return reply.header('cache-control', 'no-store').redirect(nextPath, 303)
      }
      // The password was changed since signIn checked it.
      result = { reason: 'wrong_password', user_id: result.user.user_id }
    }
    await request.auditBounded('auth.login.failed', {
      reason: result.reason,
      user_id: 'user_id' in result ? result.user_id : undefined,
      details: auditedEmail(form.get('email') ?? '')
    })
    const { retryAfter } = result.reason === 'throttled' ? result : {}
    return refuseSignIn(
      app,
      request,
      reply,
      retryAfter === undefined
        ? { status: 401, text: request.texts.signIn.wrongPassword }
        : { status: 429, retryAfter }
    )
  })
}
export default loginPage

function isUnreadable(form: Parameters): boolean {
  return (
    form.malformed.length > 0 ||
    (form.get('email') ?? '').length > MAX_EMAIL_LENGTH ||
    (form.get('password') ?? '').length > MAX_PASSWORD_LENGTH
  )
}

function checkPassword(
  app: FastifyInstance,
  request: FastifyRequest,
  form: Parameters
): Promise<SignInResult> {
  return signIn(app.db, {
    email: form.get('email') ?? '',
    password: form.get('password') ?? '',
    address: request.ip,
    knownBrowser: knownBrowser(app, request)
  })
}

/** Shows the form again: a browser by redirect, a program at once. */
function refuseSignIn(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, text, retryAfter }: { status: number; text?: string; retryAfter?: number }
): FastifyReply | Promise<FastifyReply> {
  const form = formOf(request)
  const returnTo = ownPath(form.get('return_to'))
  const refusal: PageNotice = {
    status,
    typed: { email: typedText(form.get('email')) },
    ...(text !== undefined && { problem: { form: 'login', text } }),
    ...(retryAfter !== undefined && { retryAfter })
  }
  if (!isBrowser(request)) return showSignIn(app, reply, { returnTo }, refusal)
  app.notices.leaveSignedOut(reply, { place: 'login', ...refusal })
  return reply.header('cache-control', 'no-store').redirect(signInPath(returnTo), 303)
}

function showSignIn(
  app: FastifyInstance,
  reply: FastifyReply,
  page: { returnTo: string; setupNeeded?: boolean },
  { problem, typed, retryAfter, status }: PageNotice
): Promise<FastifyReply> {
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  const pageData = {
    ...page,
    ...(typeof typed?.['email'] === 'string' && { email: typed['email'] }),
    ...(problem && { problem: problem.text }),
    ...(retryAfter !== undefined && { retryAfter })
  }
  return signInPage(app, reply, pageData, status)
}

/** The audit log keeps only an address: people also type passwords into this field. */
function auditedEmail(typedEmail: string): { email?: string } {
  return /^[^\s@]+@[^\s@]+$/.test(typedEmail.trim()) ? { email: typedEmail } : {}
}
