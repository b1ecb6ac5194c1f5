import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { AccessLimits } from '../../../db/schema/index.ts'
import { createKeyOnce } from '../../../plugins/console/new-key.ts'
import { formOf, type Parameters } from '../../../plugins/form-parameters.ts'
import { type PageNotice, typedText } from '../../../plugins/notices.ts'
import { limitFault, readLimits, typedChoice } from '../../../plugins/oauth-server/limit-choice.ts'
import { toolGroups, scopeOf } from '../../../tools/scopes.ts'

const allowedDays = [30, 90, 365]
const ALREADY_CREATED =
  'This form has already created its key, and the page shows a key only once. ' +
  'If you did not see it, revoke that key and create another one.'

interface KeyForm {
  name: string
  scope: string
  days: number | undefined
  limits: AccessLimits
}

/** Creates an API key, which the next page shows once. */
const createKey: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const keyForm = readKeyForm(form)
    const fieldProblem = findProblem(keyForm, form, request.texts)
    if (fieldProblem) {
      return app.account.redirectTo(reply, session, {
        problem: fieldProblem,
        typed: typedFields(form),
        status: 400
      })
    }
    const { name, scope, days, limits } = keyForm
    const newKey = { name, scope, expires_days: days, ...limits }
    if (!(await createKeyOnce(app, request, session, 'new-key', newKey))) {
      const repeatProblem = { form: 'keys', text: ALREADY_CREATED }
      return app.account.redirectTo(reply, session, { problem: repeatProblem, status: 409 })
    }
    return reply.header('cache-control', 'no-store').redirect('/account', 303)
  })
}
export default createKey

function readKeyForm(form: Parameters): KeyForm {
  const lifetimeDays = Number(form.get('days') ?? 0)
  return {
    name: (form.get('name') ?? '').trim(),
    scope: scopeOf(
      new Set(toolGroups.filter((group) => form.all('scope').includes(`mcp:${group}`)))
    ),
    days: allowedDays.includes(lifetimeDays) ? lifetimeDays : undefined,
    limits: readLimits(form)
  }
}

function findProblem(
  { name, scope, limits }: KeyForm,
  form: Parameters,
  texts: FastifyRequest['texts']
): PageNotice['problem'] {
  if (name === '' || name.length > 100 || form.malformed.length > 0) {
    return {
      form: 'keys',
      field: 'name',
      text: 'Give the key a name of up to 100 characters, by which you recognize it.'
    }
  }
  if (scope === '') {
    return { form: 'keys', field: 'scope', text: 'Select at least one permission.' }
  }
  const fault = limitFault(limits, scope)
  return fault && { form: 'keys', field: 'scope', text: texts.limits[fault] }
}

function typedFields(form: Parameters): Record<string, string | string[]> {
  return {
    name: typedText(form.malformed.includes('name') ? '' : form.get('name')),
    days: typedText(form.get('days')),
    limits: typedChoice(form),
    scope: toolGroups
      .map((group) => `mcp:${group}`)
      .filter((value) => form.all('scope').includes(value))
  }
}
