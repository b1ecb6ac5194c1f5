import type { FastifyPluginAsync } from 'fastify'
import { clearToolCalls } from '../../../../db/audit/tool-calls.ts'

/** Deletes the tool calls of a person after a confirmation. */
const clearHistory: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.redirect('/login', 303)
    return reply.page('confirm', {
      title: 'Forget all calls?',
      points: [
        'The list of tools that your apps called is deleted permanently.',
        'Your memories, apps and keys stay as they are.'
      ],
      action: '/account/history/clear',
      csrf: app.auth.csrf(session),
      fields: [],
      button: 'Forget all calls'
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const deletedCalls = await app.db
      .transaction()
      .execute((trx) => clearToolCalls(trx, session.user_id))
    await request.audit('memory.history_cleared', {
      user_id: session.user_id,
      details: { calls: deletedCalls }
    })
    const clearedNotice =
      deletedCalls === 0
        ? 'There was no call to forget.'
        : `${deletedCalls} ${deletedCalls === 1 ? 'call was' : 'calls were'} forgotten.`
    return app.account.redirectTo(reply, session, { notice: clearedNotice })
  })
}
export default clearHistory
