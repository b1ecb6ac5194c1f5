import type { FastifyPluginAsync } from 'fastify'
import { consoleScript, sendAsset } from '../../plugins/consent-views/assets.ts'

/** The script of the console. Every page works without it. */
const consoleScriptRoute: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => sendAsset(request, reply, consoleScript))
}
export default consoleScriptRoute
