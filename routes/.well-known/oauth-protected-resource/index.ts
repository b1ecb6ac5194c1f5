import type { FastifyPluginAsync } from 'fastify'
import { mcpPaths } from '../../../plugins/auth/index.ts'
import { protectedResourceMetadata } from '../../../plugins/oauth-server/metadata.ts'

/** RFC 9728: the document of each spelling of the MCP URL, and at the root that of the first. */
const metadata: FastifyPluginAsync = async (app) => {
  app.get('', async () => protectedResourceMetadata(app, mcpPaths[0]!))
  for (const path of mcpPaths) app.get(path, async () => protectedResourceMetadata(app, path))
}
export default metadata
