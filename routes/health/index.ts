import type { FastifyPluginAsync } from 'fastify'

/** 200 while the process runs; it does not ask the database. */
const liveness: FastifyPluginAsync = async (app) => {
  app.get('', async () => ({ status: 'ok' }))
}
export default liveness
