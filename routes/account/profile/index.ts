import type { FastifyPluginAsync } from 'fastify'
import { findEmailFault } from '../../../lib/email-addresses.ts'
import { findTimezone, replaceProfile } from '../../../db/people/users.ts'
import { formOf, type Parameters } from '../../../plugins/form-parameters.ts'
import { type PageNotice, typedText } from '../../../plugins/notices.ts'
import { signInPath } from '../../../plugins/oauth-server/authorize/sign-in-page.ts'
import { provePassword, wrongPassword } from '../../../plugins/auth/password-proof.ts'

const MAX_NAME_LENGTH = 200
const TAKEN = 'Another account has this email address.'

/** A person's own name and email address, changed with the current password. */
const profile: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.redirect(signInPath('/account/profile'), 303)
    const {
      status = 200,
      retryAfter,
      ...left
    } = (await app.notices.take(request, session, 'profile')) ?? {}
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    const timezone = await findTimezone(app.db, session.user_id)
    const page = { user: session, csrf: app.auth.csrf(session), timezone, ...left }
    return reply.page('profile', page, status)
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const name = (form.get('name') ?? '').trim()
    const email = (form.get('email') ?? '').trim().normalize('NFC')
    const typed = { name: typedText(name), email: typedText(email) }
    const refuse = async (refusal: PageNotice) => {
      await app.notices.leave(session, 'profile', { ...refusal, typed })
      return reply.header('cache-control', 'no-store').redirect('/account/profile', 303)
    }

    const problem = problemOf(form, name, email)
    if (problem) return refuse({ problem, status: 400 })
    const current = form.get('current_password') ?? ''
    const proof = await provePassword(app, request, session, 'profile', current)
    if ('refusal' in proof) return refuse(proof.refusal)

    const before = { name: session.name, email: session.email }
    if (before.name === name && before.email === email) {
      return app.account.redirectTo(reply, session, {
        notice: 'Name and email address are as before.'
      })
    }
    const result = await replaceProfile(app.db, proof.user, { name, email })
    if (result === 'stale') return refuse(wrongPassword('profile'))
    if (result === 'taken') {
      return refuse({ problem: { form: 'profile', field: 'email', text: TAKEN }, status: 409 })
    }
    const details = { from: before.email, to: email }
    await request.audit('user.profile_changed', { user_id: session.user_id, details })
    const notice =
      before.email === email
        ? 'Your name is saved.'
        : `Saved. From now on you sign in with ${email}.`
    return app.account.redirectTo(reply, session, { notice })
  })
}
export default profile

function problemOf(form: Parameters, name: string, email: string): PageNotice['problem'] {
  const at = (field: string, text: string) => ({ form: 'profile', field, text })
  if (form.malformed.includes('name')) {
    return at('name', 'The name could not be read. Type it again.')
  }
  if ([...name].length > MAX_NAME_LENGTH) {
    return at('name', 'The name may have up to 200 characters.')
  }
  const fault = form.malformed.includes('email')
    ? 'The email address could not be read. Type it again.'
    : findEmailFault(email)
  return fault === undefined ? undefined : at('email', fault)
}
