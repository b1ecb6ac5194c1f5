import type { FastifyPluginAsync } from 'fastify'
import { countRecoveryCodes } from '../../../../db/people/recovery-codes.ts'

const PAGE = '/settings/security/recovery-codes'
const OVERVIEW = '/settings/security'

/** Makes new recovery codes, and shows them once. */
const recoveryCodesPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    app.auth.requireRecent(request, session)
    if (!(await app.secondFactor.isSetUp(session.user_id))) return reply.redirect(OVERVIEW, 303)
    const newCodes = await app.notices.take(request, session, 'recovery-codes')
    const codesLeft = await countRecoveryCodes(app.db, session.user_id)
    const pageData = { codesLeft, ...newCodes }
    return app.console.show(request, reply, session, 'security/recovery-codes', pageData)
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    app.auth.requireRecent(request, session, PAGE)
    const codes = await app.secondFactor.newCodes(session.user_id)
    if (!codes) return app.console.redirect(reply, session, OVERVIEW)
    await request.audit('user.recovery_codes_created', { user_id: session.user_id })
    await app.notices.leave(session, 'recovery-codes', { codes })
    return app.console.redirect(reply, session, PAGE)
  })
}
export default recoveryCodesPage
