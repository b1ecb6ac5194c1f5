import type { FastifyPluginAsync } from 'fastify'
import { sendAsset, touchIcon } from '../../plugins/consent-views/assets.ts'

/** The icon for the home screen of a phone. */
const touchIconRoute: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => sendAsset(request, reply, touchIcon))
}
export default touchIconRoute
