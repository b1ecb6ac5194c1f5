import type { FastifyPluginAsync } from 'fastify'

/** The process is alive. */
const health: FastifyPluginAsync = async (app) => {
  app.get('', async () => ({ status: 'ok' }))
}
export default health
