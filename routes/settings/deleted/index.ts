import type { FastifyPluginAsync } from 'fastify'

/** What a person sees after the deletion of their account. */
const deletedPage: FastifyPluginAsync = async (app) => {
  app.get('', async (_request, reply) => reply.page('settings/deleted', {}))
}
export default deletedPage
