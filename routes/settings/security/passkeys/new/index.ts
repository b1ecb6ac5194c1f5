import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify'
import { listPasskeys, MAX_PASSKEYS } from '../../../../../db/people/passkeys.ts'
import type { Session } from '../../../../../db/people/sessions.ts'
import { PasskeyError } from '../../../../../domain/sign-in/passkeys.ts'
import { formOf } from '../../../../../plugins/form-parameters.ts'
import { typedText } from '../../../../../plugins/notices.ts'
import { passkeyNameOf } from '../../../../../plugins/passkeys.ts'

const PAGE = '/settings/security/passkeys/new'
const OVERVIEW = '/settings/security'

/** Creates a passkey for a person who has just proven who they are. */
const newPasskey: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    app.auth.requireRecent(request, session)
    const { security: texts } = request.texts
    if (!app.passkeys.isAvailable()) {
      return refuse(app, reply, session, OVERVIEW, texts.passkeysUnavailable(app.publicUrl))
    }
    const { length: count } = await listPasskeys(app.db, session.user_id)
    if (count >= MAX_PASSKEYS) {
      return refuse(app, reply, session, OVERVIEW, texts.passkeyLimit(count))
    }
    const options = await app.passkeys.challenge(reply, { purpose: 'register', session })
    return app.console.show(request, reply, session, 'security/new-passkey', { options })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    app.auth.requireRecent(request, session, PAGE)
    const { security: texts } = request.texts
    const name = passkeyNameOf(request)
    if (name === undefined) {
      const typed = { name: typedText(formOf(request).get('name')) }
      const problem = { form: 'passkey', field: 'name', text: texts.passkeyNameFault }
      return app.console.redirect(reply, session, PAGE, { problem, typed, status: 400 })
    }
    const { length: count } = await listPasskeys(app.db, session.user_id)
    if (count >= MAX_PASSKEYS) {
      return refuse(app, reply, session, OVERVIEW, texts.passkeyLimit(count))
    }
    try {
      await app.passkeys.register(request, reply, session, name)
    } catch (error) {
      if (!(error instanceof PasskeyError)) throw error
      const { reason } = error
      await request.audit('user.passkey_refused', { reason, user_id: session.user_id })
      const text = reason === 'known_passkey' ? texts.createKnown : texts.createRefused
      return refuse(app, reply, session, PAGE, text)
    }
    const details = { name }
    await request.audit('user.passkey_added', { user_id: session.user_id, details })
    const notice = texts.passkeyAdded(name)
    return app.console.redirect(reply, session, OVERVIEW, { notice })
  })
}
export default newPasskey

function refuse(
  app: FastifyInstance,
  reply: FastifyReply,
  session: Session,
  path: string,
  text: string
): Promise<FastifyReply> {
  const problem = { form: 'passkey', text }
  return app.console.redirect(reply, session, path, { problem, status: 400 })
}
