import type { FastifyPluginAsync } from 'fastify'
import { findGithubToken } from '../../../db/people/github-tokens.ts'
import { formOf } from '../../../plugins/form-parameters.ts'

const PATH = '/settings/github'
/** The form of GitHub tokens, with room for future kinds. */
const tokenPattern = /^[A-Za-z0-9_]{20,255}$/

/** The GitHub token of a person. */
const githubPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const githubToken = await findGithubToken(app.db, session.user_id)
    const github = githubToken && {
      token_end: githubToken.token_end,
      created_at: githubToken.created_at,
      last_used_at: githubToken.last_used_at
    }
    return app.console.show(request, reply, session, 'settings/github', { github })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const { settings: texts } = request.texts
    const githubToken = (formOf(request).get('token') ?? '').trim()
    if (!tokenPattern.test(githubToken)) {
      const problem = { form: 'github', field: 'token', text: texts.githubWrong }
      return app.console.redirect(reply, session, PATH, { problem, status: 400 })
    }
    await app.github.store(session.user_id, githubToken)
    await request.audit('user.github_token_stored', { user_id: session.user_id })
    const notice = texts.githubSaved(githubToken.slice(-4))
    return app.console.redirect(reply, session, PATH, { notice })
  })
}
export default githubPage
