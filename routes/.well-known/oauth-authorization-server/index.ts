import type { FastifyPluginAsync } from 'fastify'
import { mcpPaths } from '../../../plugins/auth/index.ts'
import { authorizationServerMetadata } from '../../../plugins/oauth-server/metadata.ts'

/** RFC 8414; also under the path of any MCP URL, where some clients look. */
const metadata: FastifyPluginAsync = async (app) => {
  for (const suffix of ['', ...mcpPaths]) {
    app.get(suffix, async () => authorizationServerMetadata(app))
  }
}
export default metadata
