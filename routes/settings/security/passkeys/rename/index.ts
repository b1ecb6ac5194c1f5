import type { FastifyPluginAsync } from 'fastify'
import { renamePasskey } from '../../../../../db/people/passkeys.ts'
import { formOf } from '../../../../../plugins/form-parameters.ts'
import { typedText } from '../../../../../plugins/notices.ts'
import { passkeyNameOf } from '../../../../../plugins/passkeys.ts'

const OVERVIEW = '/settings/security'

/** Renames a passkey. */
const renameForm: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const { security: texts } = request.texts
    const form = formOf(request)
    const credentialId = form.get('credential_id') ?? ''
    const name = passkeyNameOf(request)
    if (name === undefined) {
      const problem = { form: 'passkey', field: 'name', text: texts.passkeyNameFault }
      const typed = { name: typedText(form.get('name')), credential_id: typedText(credentialId) }
      return app.console.redirect(reply, session, OVERVIEW, { problem, typed, status: 400 })
    }
    const passkeyId = { user_id: session.user_id, credential_id: credentialId }
    if (!(await renamePasskey(app.db, passkeyId, name))) {
      const problem = { form: 'passkey', text: texts.gone }
      return app.console.redirect(reply, session, OVERVIEW, { problem, status: 404 })
    }
    const details = { name }
    await request.audit('user.passkey_renamed', { user_id: session.user_id, details })
    return app.console.redirect(reply, session, OVERVIEW, { notice: texts.passkeyRenamed })
  })
}
export default renameForm
