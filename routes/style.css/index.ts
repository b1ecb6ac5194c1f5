import type { FastifyPluginAsync } from 'fastify'
import { sendAsset, stylesheet } from '../../plugins/consent-views/assets.ts'

/** The stylesheet of every page. */
const stylesheetRoute: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => sendAsset(request, reply, stylesheet))
}
export default stylesheetRoute
