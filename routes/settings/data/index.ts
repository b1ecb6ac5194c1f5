import type { FastifyPluginAsync } from 'fastify'
import { MAX_COUNTED } from '../../../db/connection/page.ts'
import { countFormerVersions, findMemoryUsage } from '../../../db/memory/usage.ts'

/** What a person stores, and how much they may. */
const dataPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const { memories, bytes } = await findMemoryUsage(app.db, session.user_id)
    const versions = await countFormerVersions(app.db, session.user_id)
    return app.console.show(request, reply, session, 'settings/data', {
      memories,
      memoryLimit: app.config.MEMORY_QUOTA_COUNT,
      bytes,
      byteLimit: app.config.MEMORY_QUOTA_BYTES,
      versions: { count: versions, capped: versions >= MAX_COUNTED }
    })
  })
}
export default dataPage
