import type { FastifyPluginAsync } from 'fastify'
import { formOf } from '../../../plugins/form-parameters.ts'

/** What tokens of GitHub look like, the present ones and those to come. */
const tokenPattern = /^[A-Za-z0-9_]{20,255}$/
const problem = {
  form: 'github',
  field: 'token',
  text:
    'This is not a GitHub token. It has at least 20 letters, digits and underscores, such as' +
    ' github_pat_... Copy it from GitHub again.'
}

const github: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const token = (formOf(request).get('token') ?? '').trim()
    if (!tokenPattern.test(token)) {
      return app.account.redirectTo(reply, session, { problem, status: 400 })
    }
    await app.github.store(session.user_id, token)
    await request.audit('user.github_token_stored', { user_id: session.user_id })
    const notice =
      `The GitHub token that ends in ${token.slice(-4)} is stored.` +
      ' Coding assistants can read your GitHub issues from now on.'
    return app.account.redirectTo(reply, session, { notice })
  })
}
export default github
