import type { FastifyPluginAsync } from 'fastify'
import { MAX_COUNTED } from '../../../db/connection/page.ts'
import { findEmbeddingProgress } from '../../../db/memory/embedding-queue.ts'
import type { BoundedCount } from '../../../plugins/console/pages/settings.ts'

/** Whether the search finds memories by meaning, and how far their embedding is. */
const meaningPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const isAdmin = session.role === 'admin'
    const { EMBEDDINGS_MODEL: model = '' } = app.config
    if (app.embedder === undefined) {
      return app.console.show(request, reply, session, 'settings/meaning', { isAdmin })
    }
    const progress = await findEmbeddingProgress(app.db, session.user_id, model)
    const meaning = {
      model,
      progress: progress && {
        dimensions: progress.dimensions,
        ready: progress.walked && progress.waiting === 0,
        waiting: boundedCount(progress.waiting),
        refused: boundedCount(progress.refused)
      }
    }
    return app.console.show(request, reply, session, 'settings/meaning', { isAdmin, meaning })
  })
}
export default meaningPage

function boundedCount(count: number): BoundedCount {
  return { count, capped: count >= MAX_COUNTED }
}
