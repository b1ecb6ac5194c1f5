import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { MAX_COUNTED } from '../../../db/connection/page.ts'
import { countFormerVersions, findMemoryUsage } from '../../../db/memory/usage.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { countUserAccess, deleteUser } from '../../../db/people/users.ts'
import { isLastAdministrator } from '../../../domain/people/last-administrator.ts'
import { formOf } from '../../../plugins/form-parameters.ts'
import type { PageNotice } from '../../../plugins/notices.ts'
import type { Texts } from '../../../views/texts/index.ts'

const PATH = '/settings/delete'

/** Deletes an account with everything in it. */
const deletePage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    app.auth.requireRecent(request, session)
    const { settings: texts } = request.texts
    const isLast = await app.db.transaction().execute((trx) => isLastAdministrator(trx, session))
    if (isLast) return app.console.redirect(reply, session, '/settings', lastAdminNotice(texts))
    return app.console.show(request, reply, session, 'confirm-action', {
      title: texts.deleteQuestion,
      points: await deletionPoints(app, session, texts),
      action: PATH,
      fields: [],
      button: texts.deleteFinish,
      back: '/settings/data',
      typedWord: { label: texts.deleteLabel(session.email), word: session.email }
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    app.auth.requireRecent(request, session, PATH)
    const { settings: texts } = request.texts
    if (formOf(request).get('typed_word')?.trim() !== session.email) {
      const problem = { form: 'delete', field: 'typed_word', text: texts.deleteMismatch }
      return app.console.redirect(reply, session, PATH, { problem, status: 400 })
    }
    const deletedCounts = await app.db.transaction().execute(async (trx) => {
      if (await isLastAdministrator(trx, session)) return undefined
      return deleteUser(trx, session.user_id)
    })
    if (!deletedCounts) {
      return app.console.redirect(reply, session, '/settings', lastAdminNotice(texts))
    }
    await request.audit('user.deleted', { user_id: session.user_id, details: deletedCounts })
    await app.auth.endSession(request, reply)
    return reply.header('cache-control', 'no-store').redirect('/settings/deleted', 303)
  })
}
export default deletePage

function lastAdminNotice(texts: Texts['settings']): PageNotice {
  return { problem: { form: 'delete', text: texts.deleteLastAdmin }, status: 409 }
}

/** What will be deleted, with numbers. */
async function deletionPoints(
  { db }: FastifyInstance,
  { user_id: userId }: Session,
  texts: Texts['settings']
): Promise<string[]> {
  const { memories } = await findMemoryUsage(db, userId)
  const versions = await countFormerVersions(db, userId)
  const { apps, keys } = await countUserAccess(db, userId)
  const boundedText = (count: number) =>
    count >= MAX_COUNTED ? texts.atLeast(String(MAX_COUNTED)) : String(count)
  return [
    texts.deleteMemories(String(memories), boundedText(versions)),
    texts.deleteAccess(boundedText(apps), boundedText(keys)),
    texts.deleteMore,
    texts.deleteFinal
  ]
}
