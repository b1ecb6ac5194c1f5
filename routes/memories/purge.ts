import type { FastifyInstance, FastifyRequest } from 'fastify'
import { findMemory } from '../../db/memory/memories.ts'
import { findDeletion } from '../../db/memory/versions.ts'
import type { Session } from '../../db/people/sessions.ts'
import { purgeMemory } from '../../domain/memory/purge.ts'
import { displayName } from '../../plugins/consent-views/index.ts'
import { formOf } from '../../plugins/form-parameters.ts'
import { catalogues } from '../../views/texts/index.ts'
import { memoryNotFound, requireMemoryId } from './reference.ts'

/** The word that confirms, in any language of the pages. */
const confirmingWords = Object.values(catalogues).map(({ memories }) => memories.purgeWord)

/** GET and POST /memories/{memory_id}/purge: deletes a memory permanently. */
export function registerPurge(app: FastifyInstance): void {
  app.get('/:memory_id/purge', async (request, reply) => {
    const session = await app.console.requireSession(request)
    app.auth.requireRecent(request, session)
    const key = await requireKey(app, request, session)
    const { memories: texts } = request.texts
    const path = `/memories/${encodeURIComponent(requireMemoryId(request))}`
    return app.console.show(request, reply, session, 'confirm-action', {
      title: texts.purgeTitle(displayName(key, texts.unnamed)),
      points: [texts.purgePoint, texts.purgeCalls, texts.purgeFinal],
      action: `${path}/purge`,
      fields: [],
      button: texts.purge,
      back: path,
      typedWord: { label: texts.purgeLabel(texts.purgeWord), word: texts.purgeWord }
    })
  })

  app.post('/:memory_id/purge', async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const memoryId = requireMemoryId(request)
    const purgePath = `/memories/${encodeURIComponent(memoryId)}/purge`
    app.auth.requireRecent(request, session, purgePath)
    const { memories: texts } = request.texts
    const typedWord = formOf(request).get('typed_word')?.trim().toLowerCase() ?? ''
    if (!confirmingWords.includes(typedWord)) {
      const text = texts.purgeWordWrong(texts.purgeWord)
      return app.console.redirect(reply, session, purgePath, {
        problem: { form: 'confirm', field: 'typed_word', text },
        status: 400
      })
    }
    const counts = await purgeMemory(app.console.context(session), memoryId)
    if (!counts) throw memoryNotFound(request)
    return app.console.redirect(reply, session, '/memories', { notice: texts.purged })
  })
}

/** The key of a memory that exists or is deleted. Throws PageError 404. */
async function requireKey(
  app: FastifyInstance,
  request: FastifyRequest,
  { user_id: userId }: Session
): Promise<string> {
  const memoryId = requireMemoryId(request)
  const memory =
    (await findMemory(app.db, userId, { memory_id: memoryId })) ??
    (await findDeletion(app.db, userId, memoryId))
  if (!memory) throw memoryNotFound(request)
  return memory.key
}
