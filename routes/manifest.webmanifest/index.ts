import type { FastifyPluginAsync } from 'fastify'
import { manifest, sendAsset } from '../../plugins/consent-views/assets.ts'

/** The manifest of the console as an app of a phone. */
const manifestRoute: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => sendAsset(request, reply, manifest))
}
export default manifestRoute
