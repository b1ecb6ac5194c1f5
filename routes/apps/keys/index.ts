import type { FastifyPluginAsync } from 'fastify'
import { noAccessLimits } from '../../../db/schema/index.ts'
import { limitProblem, typedLimits } from '../../../plugins/console/limit-fields.ts'
import { createKeyOnce } from '../../../plugins/console/new-key.ts'
import { formOf, type Parameters } from '../../../plugins/form-parameters.ts'
import { type PageNotice, typedText } from '../../../plugins/notices.ts'
import { limitChoice, readLimits } from '../../../plugins/oauth-server/limit-choice.ts'
import { permissionsOf, scopeOf, toolGroups } from '../../../tools/scopes.ts'
import type { Texts } from '../../../views/texts/index.ts'

const FORM_PATH = '/apps/keys'
const MAX_NAME_LENGTH = 100
const allowedDays = [30, 90, 365]

/** Creates an API key, which the list of apps shows once. */
const createKey: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    app.auth.requireRecent(request, session)
    return app.console.show(request, reply, session, 'apps/new-key', {
      keyForm: crypto.randomUUID(),
      groups: toolGroups,
      limits: await limitChoice(app.db, session.user_id, noAccessLimits)
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    app.auth.requireRecent(request, session, FORM_PATH)
    const form = formOf(request)
    const newKey = readKey(form)
    const problem = findProblem(request.texts, newKey)
    if (problem) {
      const typed = { ...typedLimits(form, 'scope'), ...typedFields(form) }
      return app.console.redirect(reply, session, FORM_PATH, { problem, typed, status: 400 })
    }
    if (await createKeyOnce(app, request, session, 'new-key', newKey)) {
      return app.console.redirect(reply, session, '/apps')
    }
    const repeatProblem = { form: 'keys', text: request.texts.apps.repeatProblem }
    return app.console.redirect(reply, session, FORM_PATH, { problem: repeatProblem, status: 409 })
  })
}
export default createKey

function readKey(form: Parameters) {
  const lifetimeDays = Number(form.get('days') ?? 0)
  const ticked = form.all('scope')
  const groups = toolGroups.filter((group) => ticked.includes(`mcp:${group}`))
  return {
    name: (form.get('name') ?? '').trim(),
    scope: scopeOf(permissionsOf(groups.map((group) => `mcp:${group}`).join(' '))),
    expires_days: allowedDays.includes(lifetimeDays) ? lifetimeDays : undefined,
    ...readLimits(form)
  }
}

function findProblem(texts: Texts, newKey: ReturnType<typeof readKey>): PageNotice['problem'] {
  if (newKey.name === '' || newKey.name.length > MAX_NAME_LENGTH) {
    return { form: 'keys', field: 'name', text: texts.apps.nameProblem }
  }
  if (newKey.scope === '') return { form: 'keys', field: 'scope', text: texts.apps.scopeProblem }
  const problem = limitProblem(texts, newKey, newKey.scope)
  return problem && { ...problem, form: 'keys' }
}

function typedFields(form: Parameters): Record<string, string> {
  return { name: typedText(form.get('name')), days: typedText(form.get('days')) }
}
