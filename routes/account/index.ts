import type { FastifyPluginAsync } from 'fastify'

/** The parts of the account page, which all stand at `/`. */
const parts = ['apps', 'keys', 'github', 'password', 'history']

/** An address of a form that is opened, not sent: the account page, at that part. */
const account: FastifyPluginAsync = async (app) => {
  app.get('', async (_request, reply) => reply.redirect('/', 303))
  for (const part of parts) {
    app.get(`/${part}`, async (_request, reply) => reply.redirect(`/#${part}`, 303))
  }
}
export default account
