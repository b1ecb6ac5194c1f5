import type { FastifyPluginAsync } from 'fastify'
import { API_KEY_PREFIX, findApiKey, insertApiKey } from '../../../db/api-keys.ts'
import { accountPage } from '../../../plugins/account.ts'
import { formOf } from '../../../plugins/form-parameters.ts'
import { groups, scopeOf } from '../../../tools/scopes.ts'

const lifetimes = [30, 90, 365]

const keys: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const name = (form.get('name') ?? '').trim()
    const scope = scopeOf(new Set(groups.filter((group) => form.all('scope').includes(`mcp:${group}`))))
    const days = Number(form.get('days') ?? 0)
    const problem = name === '' || name.length > 100 || form.malformed.length > 0
      ? 'Give the key a name of up to 100 characters, so that you know it again.'
      : scope === '' ? 'Tick at least one thing that the key may be used for.' : undefined
    if (problem) return accountPage(app, reply, session, { problem }, 400)

    // The key follows from the form, so sending one form twice (double click, reload) shows the same key, never a second one.
    const secret = API_KEY_PREFIX + app.seal.derive('api-key', `${session.session_hash} ${form.get('form') ?? crypto.randomUUID()}`)
    const key = await insertApiKey(app.db, secret, { user_id: session.user_id, name, scope, expires_days: lifetimes.includes(days) ? days : undefined })
    if (key) await request.audit('key.created', { user_id: session.user_id, details: { key_id: key.key_id, name, scope } })
    else if ((await findApiKey(app.db, secret))?.problem) return accountPage(app, reply, session, { problem: 'The key of this form was revoked. Fill the form in again for a new one.' }, 409)
    return accountPage(app, reply, session, { newKey: { name, key: secret } })
  })
}
export default keys
