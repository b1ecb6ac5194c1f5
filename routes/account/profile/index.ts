import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Session } from '../../../db/people/sessions.ts'
import { findTimezone, replaceProfile } from '../../../db/people/users.ts'
import { findEmailFault } from '../../../lib/email-addresses.ts'
import { provePassword, wrongPassword } from '../../../plugins/auth/password-proof.ts'
import { formOf, type Parameters } from '../../../plugins/form-parameters.ts'
import { type PageNotice, typedText } from '../../../plugins/notices.ts'
import { signInPath } from '../../../plugins/auth/index.ts'

const MAX_NAME_LENGTH = 200
const EMAIL_TAKEN = 'Another account has this email address.'

interface ProfileForm {
  name: string
  email: string
}

/** The name and the email address of a person. A change needs the current password. */
const profilePage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.redirect(signInPath('/account/profile'), 303)
    const {
      status = 200,
      retryAfter,
      ...pageNotice
    } = (await app.notices.take(request, session, 'profile')) ?? {}
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    const timezone = await findTimezone(app.db, session.user_id)
    const csrf = app.auth.csrf(session)
    return reply.page('profile', { user: session, csrf, timezone, ...pageNotice }, status)
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const newProfile = readProfile(form)
    const refusal = await changeProfile(app, request, session, form, newProfile)
    if (refusal) {
      const { name, email } = newProfile
      const typed = { name: typedText(name), email: typedText(email) }
      await app.notices.leave(session, 'profile', { ...refusal, typed })
      return reply.header('cache-control', 'no-store').redirect('/account/profile', 303)
    }
    return app.account.redirectTo(reply, session, { notice: changeNotice(session, newProfile) })
  })
}
export default profilePage

/** Checks the form and stores the profile. Returns the notice of a refusal. */
async function changeProfile(
  app: FastifyInstance,
  request: FastifyRequest,
  session: Session,
  form: Parameters,
  { name, email }: ProfileForm
): Promise<PageNotice | undefined> {
  const fieldProblem = findProblem(form, { name, email })
  if (fieldProblem) return { problem: fieldProblem, status: 400 }
  const currentPassword = form.get('current_password') ?? ''
  const passwordProof = await provePassword(app, request, session, 'profile', currentPassword)
  if ('refusal' in passwordProof) return passwordProof.refusal
  if (isUnchanged(session, { name, email })) return undefined
  const updateResult = await replaceProfile(app.db, passwordProof.user, { name, email })
  if (updateResult === 'stale') return wrongPassword('profile')
  if (updateResult === 'taken') {
    return { problem: { form: 'profile', field: 'email', text: EMAIL_TAKEN }, status: 409 }
  }
  await request.audit('user.profile_changed', {
    user_id: session.user_id,
    details: { from: session.email, to: email }
  })
  return undefined
}

function isUnchanged(session: Session, { name, email }: ProfileForm): boolean {
  return session.name === name && session.email === email
}

/** The session is the one from before the change. */
function changeNotice(session: Session, newProfile: ProfileForm): string {
  if (isUnchanged(session, newProfile)) return 'Your name and email address are unchanged.'
  return session.email === newProfile.email
    ? 'Your name is saved.'
    : `Saved. From now on you sign in with ${newProfile.email}.`
}

function readProfile(form: Parameters): ProfileForm {
  return {
    name: (form.get('name') ?? '').trim(),
    email: (form.get('email') ?? '').trim().normalize('NFC')
  }
}

function findProblem(form: Parameters, { name, email }: ProfileForm): PageNotice['problem'] {
  const problemAt = (field: string, text: string) => ({ form: 'profile', field, text })
  if (form.malformed.includes('name')) {
    return problemAt('name', 'The name could not be read. Type it again.')
  }
  if ([...name].length > MAX_NAME_LENGTH) {
    return problemAt('name', 'The name may have up to 200 characters.')
  }
  const addressFault = form.malformed.includes('email')
    ? 'The email address could not be read. Type it again.'
    : findEmailFault(email)
  return addressFault === undefined ? undefined : problemAt('email', addressFault)
}
