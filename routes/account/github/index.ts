import type { FastifyPluginAsync } from 'fastify'
import { accountPage } from '../../../plugins/account.ts'
import { formOf } from '../../../plugins/form-parameters.ts'

/** What tokens of GitHub look like, the present ones and those to come. */
const form = /^[A-Za-z0-9_]{20,255}$/

const github: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const token = (formOf(request).get('token') ?? '').trim()
    if (!form.test(token)) return accountPage(app, reply, session, { problem: 'That is no GitHub token: it has at least 20 letters, digits and underscores, such as github_pat_... Copy it again.' }, 400)
    await app.github.store(session.user_id, token)
    await request.audit('user.github_token_stored', { user_id: session.user_id })
    return accountPage(app, reply, session, { notice: `The GitHub token that ends in ${token.slice(-4)} is stored. Assistants can have issues read with it from now on.` })
  })
}
export default github
