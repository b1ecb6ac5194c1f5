import type { FastifyPluginAsync } from 'fastify'
import { passkeyScript, sendAsset } from '../../plugins/consent-views/assets.ts'

/** The script that creates and uses passkeys. */
const passkeyScriptRoute: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => sendAsset(request, reply, passkeyScript))
}
export default passkeyScriptRoute
