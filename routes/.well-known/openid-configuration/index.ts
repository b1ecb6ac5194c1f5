import type { FastifyPluginAsync } from 'fastify'

/**
 * Clients look here too. A 404 tells them to go on; half a document would not pass their checks.
 */
const openid: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) =>
    reply.status(404).send({
      error: 'not_found',
      error_description: 'This is an OAuth 2.1 authorization server, not an OpenID provider.',
      request_id: request.id
    })
  )
}
export default openid
