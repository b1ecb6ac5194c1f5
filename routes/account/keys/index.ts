import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { API_KEY_PREFIX, type ApiKey, insertApiKey } from '../../../db/people/api-keys.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { formOf, type Parameters } from '../../../plugins/form-parameters.ts'
import { type PageNotice, typedText } from '../../../plugins/notices.ts'
import { toolGroups, scopeOf } from '../../../tools/scopes.ts'

const lifetimes = [30, 90, 365]
const MADE =
  'This form has made its key already, and a key is shown once. If you did not see it,' +
  ' revoke that key and create another one.'

interface KeyForm {
  name: string
  scope: string
  days: number | undefined
}

/** Makes an API key, which the next page shows once. */
const keys: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const key = readKeyForm(form)
    const problem = problemOf(key, form)
    if (problem) {
      return app.account.redirectTo(reply, session, { problem, typed: typedOf(form), status: 400 })
    }
    // The key follows from the form: sent twice (double click, Back) it makes no second key.
    const seed = `${session.session_hash} ${form.get('form') ?? crypto.randomUUID()}`
    const secret = API_KEY_PREFIX + app.seal.derive('api-key', seed)
    const made = await makeKey(app, session, secret, key)
    if (made) await auditKey(request, session, made)
    else if (!(await app.notices.waits(session, 'new-key'))) {
      const again = { form: 'keys', text: MADE }
      return app.account.redirectTo(reply, session, { problem: again, status: 409 })
    }
    return reply.header('cache-control', 'no-store').redirect('/', 303)
  })
}
export default keys

/** The key and the notice that shows it, together; undefined when the key is there already. */
function makeKey(
  app: FastifyInstance,
  session: Session,
  secret: string,
  { name, scope, days }: KeyForm
): Promise<ApiKey | undefined> {
  const key = { user_id: session.user_id, name, scope, expires_days: days }
  return app.db.transaction().execute(async (trx) => {
    const made = await insertApiKey(trx, secret, key)
    if (made) await app.notices.leave(session, 'new-key', { name, key: secret }, trx)
    return made
  })
}

async function auditKey(request: FastifyRequest, session: Session, key: ApiKey): Promise<void> {
  const details = { key_id: key.key_id, name: key.name, scope: key.scope }
  await request.audit('key.created', { user_id: session.user_id, details })
}

function readKeyForm(form: Parameters): KeyForm {
  const days = Number(form.get('days') ?? 0)
  return {
    name: (form.get('name') ?? '').trim(),
    scope: scopeOf(
      new Set(toolGroups.filter((group) => form.all('scope').includes(`mcp:${group}`)))
    ),
    days: lifetimes.includes(days) ? days : undefined
  }
}

function problemOf({ name, scope }: KeyForm, form: Parameters): PageNotice['problem'] {
  if (name === '' || name.length > 100 || form.malformed.length > 0) {
    const text = 'Give the key a name of up to 100 characters, by which you know it again.'
    return { form: 'keys', field: 'name', text }
  }
  if (scope !== '') return undefined
  return { form: 'keys', field: 'scope', text: 'Select at least one permission.' }
}

function typedOf(form: Parameters): Record<string, string | string[]> {
  return {
    name: typedText(form.malformed.includes('name') ? '' : form.get('name')),
    days: typedText(form.get('days')),
    scope: toolGroups
      .map((group) => `mcp:${group}`)
      .filter((value) => form.all('scope').includes(value))
  }
}
