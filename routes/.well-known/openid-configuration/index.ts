import type { FastifyPluginAsync } from 'fastify'

/**
 * Some clients look here first. After a 404 they try RFC 8414; a partial document would fail their
 * checks.
 */
const openidConfiguration: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) =>
    reply.status(404).send({
      error: 'not_found',
      error_description: 'This is an OAuth 2.1 authorization server, not an OpenID provider.',
      request_id: request.id
    })
  )
}
export default openidConfiguration
