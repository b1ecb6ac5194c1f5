import type { FastifyPluginAsync } from 'fastify'

const logout: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    await app.auth.endSession(request, reply)
    await request.audit('auth.logout', { user_id: session.user_id })
    return reply.redirect('/login', 303)
  })
}
export default logout
