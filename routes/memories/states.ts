import type { FastifyInstance } from 'fastify'
import { findMemory, type Memory } from '../../db/memory/memories.ts'
import { findVersion, type MemoryVersion } from '../../db/memory/versions.ts'
import { restoreMemories } from '../../domain/memory/changes.ts'
import { restoreMemory } from '../../domain/memory/restore.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { showValue } from '../../plugins/console/memory-text.ts'
import type { FieldChange, StateRow } from '../../plugins/console/pages/memories.ts'
import { diffWords } from '../../plugins/console/word-diff.ts'
import { formOf } from '../../plugins/form-parameters.ts'
import { changeNotice, undoForm } from './change.ts'
import { memoryNotFound, requireMemoryId } from './reference.ts'

interface VersionParams {
  Params: { memory_id: string; version: string }
}
type State = Memory | MemoryVersion

/** GET /memories/{memory_id}/versions/{version}; POST /memories/{memory_id}/restore. */
export function registerStates(app: FastifyInstance): void {
  app.get<VersionParams>('/:memory_id/versions/:version', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const memoryId = requireMemoryId(request)
    const version = readVersion(request.params.version)
    const present = await findMemory(app.db, session.user_id, { memory_id: memoryId })
    const findState = async (number: number): Promise<State | undefined> =>
      present?.version === number ? present : findVersion(app.db, session.user_id, memoryId, number)
    const state = version > 0 ? await findState(version) : undefined
    if (!state || isDeletion(state)) throw memoryNotFound(request)
    const former = await findState(version - 1)
    const base = former && !isDeletion(former) ? former : undefined
    const later = await findState(version + 1)
    return app.console.show(request, reply, session, 'memories/version', {
      memory_id: memoryId,
      key: state.key,
      state: rowOf(state, state === present),
      changes: base ? fieldChanges(base, state) : [],
      diff: base && base.value !== state.value ? diffWords(base.value, state.value) : [],
      value: showValue(state.value, 'raw'),
      isRestorable: present !== undefined && state !== present,
      ...(base && { former: version - 1 }),
      ...(later && !isDeletion(later) && { later: version + 1 })
    })
  })

  registerRestore(app)
}

function registerRestore(app: FastifyInstance): void {
  app.post('/:memory_id/restore', async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const memoryId = requireMemoryId(request)
    const context = app.console.context(session)
    const path = `/memories/${encodeURIComponent(memoryId)}`
    const versionText = formOf(request).get('version')
    if (versionText === undefined) {
      const result = await restoreMemories(context, [memoryId])
      if (result.changes.length + result.blocked === 0) throw memoryNotFound(request)
      const notice = changeNotice(request, result, request.texts.memories.restored, path)
      return app.console.redirect(reply, session, path, notice)
    }
    const version = readVersion(versionText)
    const memory = await restoreMemory(context, { id: memoryId, version }).catch(
      (error: unknown) => {
        if (error instanceof ToolError) throw memoryNotFound(request)
        throw error
      }
    )
    return app.console.redirect(reply, session, path, {
      notice: request.texts.memories.versionRestored(version),
      undo: undoForm([{ memory_id: memoryId, version: memory.version }], path)
    })
  })
}

function readVersion(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 0
}

function isDeletion(state: State): boolean {
  return 'deleted' in state && state.deleted
}

function rowOf(state: State, isPresent: boolean): StateRow {
  return {
    version: state.version,
    written: state.written_at ?? state.updated_at,
    app: (state.written_by ?? state.source).name,
    isDeletion: false,
    isPresent
  }
}

/** The fields besides the value that differ. */
function fieldChanges(former: State, present: State): FieldChange[] {
  const texts = (state: State): Array<[FieldChange['field'], string]> => [
    ['key', state.key],
    ['namespace', state.agent_name],
    ['type', state.type],
    ['tags', state.tags.join(', ')],
    ['importance', String(state.importance)],
    ['expiry', timeText(state.expires_at)],
    ['pinned', timeText(state.pinned_at)]
  ]
  const formerTexts = new Map(texts(former))
  return texts(present).flatMap(([field, text]) =>
    formerTexts.get(field) === text
      ? []
      : [{ field, former: formerTexts.get(field) ?? '', present: text }]
  )
}

/** A time to the second, in UTC: 2026-12-01 14:05:09 UTC. */
function timeText(time: Date | null): string {
  return time ? `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC` : ''
}
