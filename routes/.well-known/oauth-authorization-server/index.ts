import type { FastifyPluginAsync } from 'fastify'
import { mcpPaths } from '../../../plugins/auth/index.ts'
import { authorizationServerMetadata } from '../../../plugins/oauth-server/metadata.ts'

/** RFC 8414, at the root and under the path of each MCP URL, where some clients look. */
const serverMetadata: FastifyPluginAsync = async (app) => {
  for (const suffix of ['', ...mcpPaths]) {
    app.get(suffix, async () => authorizationServerMetadata(app))
  }
}
export default serverMetadata
