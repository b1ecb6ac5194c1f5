import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findMemory } from '../../db/memory/memories.ts'
import type { Session } from '../../db/people/sessions.ts'
import { listFilterNames } from '../../domain/memory/browse.ts'
import { GLOBAL_NAMESPACE } from '../../domain/memory/fields.ts'
import { saveMemory } from '../../domain/memory/save.ts'
import { zoneFor } from '../../domain/time/person.ts'
import type { MemoryForm, MemoryFormFields } from '../../plugins/console/pages/memories.ts'
import { formOf, queryOf } from '../../plugins/form-parameters.ts'
import { explainFailure, undoForm } from './change.ts'
import { cleanName, largeForm, type MemoryFormInput, readForm, typedFields } from './form.ts'

const emptyFields: MemoryFormFields = {
  key: '',
  value: '',
  tags: '',
  type: '',
  importance: '0.5',
  namespace: GLOBAL_NAMESPACE,
  expires_at: ''
}

/** GET and POST /memories/new. */
export function registerNew(app: FastifyInstance): void {
  app.get('/new', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const namespace = cleanName(queryOf(request.url).get('namespace')) || GLOBAL_NAMESPACE
    return showForm(app, request, reply, session, { fields: { ...emptyFields, namespace } })
  })

  app.post('/new', largeForm(app), async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const zone = await zoneFor(app.db, session.user_id)
    const fields = typedFields(formOf(request))
    const result = readForm(request, fields, zone)
    if ('problem' in result) {
      return showForm(app, request, reply, session, { fields, problem: result.problem })
    }
    return createMemory(app, request, reply, session, { fields, input: result.input })
  })
}

async function createMemory(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  { fields, input }: { fields: MemoryFormFields; input: MemoryFormInput }
): Promise<FastifyReply> {
  const { memories: texts } = request.texts
  const place = { agent_name: input.agent_name, key: input.key }
  if (await findMemory(app.db, session.user_id, place)) {
    const problem = { form: 'memory', field: 'key', text: texts.keyTakenThere }
    return showForm(app, request, reply, session, { fields, problem })
  }
  const { expires_at: expiresAt, ...content } = input
  const saved = await saveMemory(app.console.context(session), {
    ...content,
    ...(expiresAt !== undefined && { expires_at: expiresAt })
  }).catch((error: unknown) => explainFailure(request, error))
  if ('problem' in saved) {
    return showForm(app, request, reply, session, { fields, problem: saved.problem })
  }
  const undo = undoForm([{ memory_id: saved.memory_id, version: 1 }], '/memories')
  const path = `/memories/${encodeURIComponent(saved.memory_id)}`
  const notice = { notice: texts.created, ...(saved.created && { undo }) }
  return app.console.redirect(reply, session, path, notice)
}

/** Shows the form, again with what was typed when there is a problem. */
async function showForm(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  form: Pick<MemoryForm, 'fields' | 'problem'>
): Promise<FastifyReply> {
  const data = {
    ...form,
    names: await listFilterNames(app.console.context(session)),
    timezone: (await zoneFor(app.db, session.user_id)).name
  }
  const status = form.problem ? 400 : 200
  return app.console.show(request, reply, session, 'memories/new', data, status)
}
