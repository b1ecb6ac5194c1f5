import type { FastifyPluginAsync } from 'fastify'
import { clearToolCalls } from '../../../../db/tool-calls.ts'
import { accountPage } from '../../../../plugins/account.ts'

/** Forgets what the person's apps called. */
const clear: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const calls = await app.db.transaction().execute((trx) => clearToolCalls(trx, session.user_id))
    await request.audit('memory.history_cleared', { user_id: session.user_id, details: { calls } })
    return accountPage(app, reply, session, { notice: calls === 0 ? 'No call was noted.' : `${calls} ${calls === 1 ? 'call was' : 'calls were'} forgotten.` })
  })
}
export default clear
