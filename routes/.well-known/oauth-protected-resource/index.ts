import type { FastifyPluginAsync } from 'fastify'
import { mcpPaths } from '../../../plugins/auth/index.ts'
import { protectedResourceMetadata } from '../../../plugins/oauth-server/metadata.ts'

/** RFC 9728: a document for each MCP URL; the root has that of the first. */
const resourceMetadata: FastifyPluginAsync = async (app) => {
  app.get('', async () => protectedResourceMetadata(app, mcpPaths[0]!))
  for (const path of mcpPaths) app.get(path, async () => protectedResourceMetadata(app, path))
}
export default resourceMetadata
