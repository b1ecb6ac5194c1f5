import type { FastifyPluginAsync } from 'fastify'

/** Signs a person out after a confirmation. */
const logoutPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.page('signed-out', {})
    return reply.page('confirm', {
      title: 'Sign out?',
      points: [
        `You are signed in as ${session.email}.`,
        'Connected apps and API keys keep working.'
      ],
      action: '/logout',
      csrf: app.auth.csrf(session),
      fields: [],
      button: 'Sign out'
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    await app.auth.endSession(request, reply)
    await request.audit('auth.logout', { user_id: session.user_id })
    return reply.header('cache-control', 'no-store').redirect('/logout', 303)
  })
}
export default logoutPage
