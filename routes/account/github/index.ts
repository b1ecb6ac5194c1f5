import type { FastifyPluginAsync } from 'fastify'
import { formOf } from '../../../plugins/form-parameters.ts'

/** The form of GitHub tokens, with room for future kinds. */
const tokenPattern = /^[A-Za-z0-9_]{20,255}$/
const tokenProblem = {
  form: 'github',
  field: 'token',
  text:
    'This is not a GitHub token. It has at least 20 letters, digits and underscores, such as' +
    ' github_pat_... Copy it from GitHub again.'
}

/** Stores the GitHub token of a person. */
const storeGithubToken: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const githubToken = (formOf(request).get('token') ?? '').trim()
    if (!tokenPattern.test(githubToken)) {
      return app.account.redirectTo(reply, session, { problem: tokenProblem, status: 400 })
    }
    await app.github.store(session.user_id, githubToken)
    await request.audit('user.github_token_stored', { user_id: session.user_id })
    const storedNotice =
      `The GitHub token that ends in ${githubToken.slice(-4)} is stored.` +
      ' Coding assistants can read your GitHub issues from now on.'
    return app.account.redirectTo(reply, session, { notice: storedNotice })
  })
}
export default storeGithubToken
