import type { FastifyPluginAsync } from 'fastify'
import { largeIcon, sendAsset } from '../../plugins/consent-views/assets.ts'

/** The icon that the manifest names. */
const largeIconRoute: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => sendAsset(request, reply, largeIcon))
}
export default largeIconRoute
