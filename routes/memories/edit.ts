import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findMemory, type Memory } from '../../db/memory/memories.ts'
import type { Session } from '../../db/people/sessions.ts'
import { listFilterNames } from '../../domain/memory/browse.ts'
import { editMemory, type MemoryUpdate } from '../../domain/memory/update.ts'
import { zoneFor } from '../../domain/time/person.ts'
import type { TimeZone } from '../../domain/time/zone.ts'
import type { MemoryFormFields } from '../../plugins/console/pages/memories.ts'
import { diffWords } from '../../plugins/console/word-diff.ts'
import { formOf } from '../../plugins/form-parameters.ts'
import { explainFailure, undoForm } from './change.ts'
import {
  cleanName,
  fieldsOf,
  type FormProblem,
  largeForm,
  type MemoryFormInput,
  readForm,
  typedFields
} from './form.ts'
import { memoryNotFound, requireMemoryId } from './reference.ts'

/** What a refused form shows again. */
interface Refusal {
  memory: Memory
  fields: MemoryFormFields
  zone: TimeZone
}

/** GET and POST /memories/{memory_id}/edit. */
export function registerEditing(app: FastifyInstance): void {
  app.get('/:memory_id/edit', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const memory = await requireMemory(app, request, session)
    const zone = await zoneFor(app.db, session.user_id)
    return app.console.show(request, reply, session, 'memories/edit', {
      memory_id: memory.memory_id,
      version: memory.version,
      ...(await formData(app, session, fieldsOf(memory, zone), zone))
    })
  })

  app.post('/:memory_id/edit', largeForm(app), async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const memory = await requireMemory(app, request, session)
    const zone = await zoneFor(app.db, session.user_id)
    const fields = { ...typedFields(formOf(request)), key: memory.key }
    const result = readForm(request, fields, zone)
    const refusal = { memory, fields, zone }
    if ('problem' in result) {
      return refuse(app, request, reply, session, refusal, result.problem)
    }
    return saveEdit(app, request, reply, session, { ...refusal, ...result })
  })
}

async function saveEdit(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  { memory, fields, zone, input }: Refusal & { input: MemoryFormInput }
): Promise<FastifyReply> {
  const { memories: texts } = request.texts
  const path = `/memories/${encodeURIComponent(memory.memory_id)}`
  const refusal = { memory, fields, zone }
  const version = Number(formOf(request).get('version') ?? 0)
  if (version !== memory.version) return showConflict(app, request, reply, session, refusal)
  const update = changedFields(fieldsOf(memory, zone), fields, input)
  if (Object.keys(update).length === 0) {
    return app.console.redirect(reply, session, path, { notice: texts.nothingChanged })
  }
  const reference = { memory_id: memory.memory_id, version }
  const outcome = await editMemory(app.console.context(session), reference, update).catch(
    (error: unknown) => ({ kind: 'refused' as const, ...explainFailure(request, error) })
  )
  switch (outcome.kind) {
    case 'saved': {
      const change = { memory_id: memory.memory_id, version: outcome.memory.version }
      const notice = { notice: texts.saved, undo: undoForm([change], path) }
      return app.console.redirect(reply, session, path, notice)
    }
    case 'missing':
      throw memoryNotFound(request)
    case 'changed':
      return showConflict(app, request, reply, session, { ...refusal, memory: outcome.memory })
    case 'taken': {
      const problem = { form: 'memory', field: 'namespace', text: texts.keyTakenThere }
      return refuse(app, request, reply, session, refusal, problem)
    }
    default:
      return refuse(app, request, reply, session, refusal, outcome.problem)
  }
}

/** The fields that the person changed. What looks the same stays as it is stored. */
function changedFields(
  stored: MemoryFormFields,
  typed: MemoryFormFields,
  input: MemoryFormInput
): MemoryUpdate & { agent_name?: string } {
  const isChanged = (name: keyof MemoryFormFields) =>
    name === 'value'
      ? stored.value.replace(/\r\n?/g, '\n') !== typed.value
      : cleanName(stored[name]) !== cleanName(typed[name])
  return {
    ...(isChanged('value') && { value: input.value }),
    ...(isChanged('tags') && { tags: input.tags }),
    ...(isChanged('type') && { type: input.type || null }),
    ...(isChanged('importance') && { importance: input.importance }),
    ...(isChanged('namespace') && { agent_name: input.agent_name }),
    ...(isChanged('expires_at') && { expires_at: input.expires_at ?? null })
  }
}

/** Shows the form again with what was typed: a value may be too long for a notice. */
async function refuse(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  { memory, fields, zone }: Refusal,
  problem: FormProblem
): Promise<FastifyReply> {
  const data = {
    memory_id: memory.memory_id,
    version: Number(formOf(request).get('version') ?? memory.version),
    ...(await formData(app, session, fields, zone)),
    problem
  }
  return app.console.show(request, reply, session, 'memories/edit', data, 400)
}

/** Shows both texts: what somebody else stored meanwhile, and what this person typed. */
async function showConflict(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  { memory, fields, zone }: Refusal
): Promise<FastifyReply> {
  const data = {
    memory_id: memory.memory_id,
    version: memory.version,
    app: (memory.written_by ?? memory.source).name,
    changedAt: memory.written_at ?? memory.updated_at,
    diff: diffWords(memory.value, fields.value),
    ...(await formData(app, session, fields, zone))
  }
  return app.console.show(request, reply, session, 'memories/conflict', data, 409)
}

async function formData(
  app: FastifyInstance,
  session: Session,
  fields: MemoryFormFields,
  zone: TimeZone
) {
  const names = await listFilterNames(app.console.context(session))
  return { fields, names, timezone: zone.name }
}

async function requireMemory(
  app: FastifyInstance,
  request: FastifyRequest,
  session: Session
): Promise<Memory> {
  const reference = { memory_id: requireMemoryId(request) }
  const memory = await findMemory(app.db, session.user_id, reference)
  if (!memory) throw memoryNotFound(request)
  return memory
}
