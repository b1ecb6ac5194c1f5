import type { FastifyPluginAsync } from 'fastify'

/** The sections of the account page at `/`. */
const pageSections = ['apps', 'keys', 'github', 'password', 'history']

/** Redirects a person who opens the URL of a form to its section of the account page. */
const sectionRedirects: FastifyPluginAsync = async (app) => {
  app.get('', async (_request, reply) => reply.redirect('/', 303))
  for (const section of pageSections) {
    app.get(`/${section}`, async (_request, reply) => reply.redirect(`/#${section}`, 303))
  }
}
export default sectionRedirects
