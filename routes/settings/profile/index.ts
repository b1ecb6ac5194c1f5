import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Session } from '../../../db/people/sessions.ts'
import { replaceProfile } from '../../../db/people/users.ts'
import { findEmailFault } from '../../../lib/email-addresses.ts'
import { provePassword, wrongPassword } from '../../../plugins/auth/password-proof.ts'
import { formOf, type Parameters } from '../../../plugins/form-parameters.ts'
import { type PageNotice, typedText } from '../../../plugins/notices.ts'
import type { Texts } from '../../../views/texts/index.ts'

const MAX_NAME_LENGTH = 200
const PATH = '/settings/profile'

interface ProfileForm {
  name: string
  email: string
}

/** The name and the email address of a person. A change needs the current password. */
const profilePage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const { name, email } = session
    return app.console.show(request, reply, session, 'settings/profile', { name, email })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const newProfile = readProfile(form)
    const refusal = await changeProfile(app, request, session, form, newProfile)
    if (refusal) {
      const typed = { name: typedText(newProfile.name), email: typedText(newProfile.email) }
      return app.console.redirect(reply, session, PATH, { ...refusal, typed })
    }
    const notice = changeNotice(request.texts, session, newProfile)
    return app.console.redirect(reply, session, PATH, { notice })
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
  const fieldProblem = findProblem(request.texts, { name, email })
  if (fieldProblem) return { problem: fieldProblem, status: 400 }
  const currentPassword = form.get('current_password') ?? ''
  const passwordProof = await provePassword(app, request, session, 'profile', currentPassword)
  if ('refusal' in passwordProof) return passwordProof.refusal
  if (isUnchanged(session, { name, email })) return undefined
  const updateResult = await replaceProfile(app.db, passwordProof.user, { name, email })
  if (updateResult === 'stale') return wrongPassword(request, 'profile')
  if (updateResult === 'taken') {
    const text = request.texts.settings.emailTaken
    return { problem: { form: 'profile', field: 'email', text }, status: 409 }
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
function changeNotice(
  { settings: texts }: Texts,
  session: Session,
  newProfile: ProfileForm
): string {
  if (isUnchanged(session, newProfile)) return texts.profileUnchanged
  return session.email === newProfile.email ? texts.nameSaved : texts.emailSaved(newProfile.email)
}

function readProfile(form: Parameters): ProfileForm {
  return {
    name: (form.get('name') ?? '').trim(),
    email: (form.get('email') ?? '').trim().normalize('NFC')
  }
}

function findProblem(
  { settings: texts, typed }: Texts,
  { name, email }: ProfileForm
): PageNotice['problem'] {
  const problemAt = (field: string, text: string) => ({ form: 'profile', field, text })
  if ([...name].length > MAX_NAME_LENGTH) return problemAt('name', texts.nameTooLong)
  const addressFault = findEmailFault(email)
  return addressFault === undefined ? undefined : problemAt('email', typed.email[addressFault])
}
