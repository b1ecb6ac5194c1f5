import type { FastifyPluginAsync } from 'fastify'
import { ping } from '../../db/connection/maintenance.ts'

/** 200 when the database answers, for load balancers. */
const readiness: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    try {
      await ping(app.db)
      return { status: 'ok' }
    } catch (error) {
      request.log.error(error)
      return reply
        .status(503)
        .header('retry-after', '5')
        .send({ status: 'database does not answer', request_id: request.id })
    }
  })
}
export default readiness
