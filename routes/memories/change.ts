import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from '../../db/people/sessions.ts'
import {
  type Change,
  type ChangeResult,
  deleteMemories,
  moveMemories,
  pinMemories,
  restoreMemories,
  tagMemories,
  undoChanges
} from '../../domain/memory/changes.ts'
import { QuotaUsedError } from '../../domain/memory/quota.ts'
import { ownPath } from '../../plugins/auth/index.ts'
import { formOf, type Parameters } from '../../plugins/form-parameters.ts'
import type { PageNotice } from '../../plugins/notices.ts'
import { cleanName } from './form.ts'
import { sendExport } from './export.ts'
import { memoryIdPattern } from './reference.ts'

const MAX_SELECTED = 60
const MAX_TAG_LENGTH = 100
const MAX_NAMESPACE_LENGTH = 128
/** PostgreSQL's error code for a row that a unique index refuses. */
const UNIQUE_VIOLATION = '23505'

/** POST /memories/change: an action on selected memories. POST /memories/undo: takes one back. */
export function registerBulkChanges(app: FastifyInstance): void {
  app.post('/change', async (request, reply) => {
    const format = /^export_(jsonl|csv)$/.exec(formAction(request))?.[1] as 'jsonl' | 'csv'
    const session = format
      ? await app.auth.requireForm(request)
      : await app.console.requireWriterForm(request)
    const form = formOf(request)
    const ids = selectedIds(form)
    const back = backPath(form)
    if (ids.length === 0) {
      const text = request.texts.memories.nothingSelected
      return app.console.redirect(reply, session, back, { problem: { form: 'bulk', text } })
    }
    if (format) return sendExport(app, request, reply, session, { ids, format })
    return changeSelected(app, request, reply, session, { form, ids, back })
  })

  app.post('/undo', async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const form = formOf(request)
    const result = await undoChanges(app.console.context(session), readChanges(form))
    const { memories: texts } = request.texts
    const notice = texts.undone(result.changes.length)
    return app.console.redirect(reply, session, backPath(form), {
      notice: result.blocked > 0 ? `${notice} ${texts.notUndone(result.blocked)}` : notice
    })
  })
}

interface Selection {
  form: Parameters
  ids: string[]
  back: string
}

async function changeSelected(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  { form, ids, back }: Selection
): Promise<FastifyReply> {
  const { memories: texts } = request.texts
  const context = app.console.context(session)
  const tag = cleanName(form.get('tag')).slice(0, MAX_TAG_LENGTH)
  const namespace = cleanName(form.get('namespace')).slice(0, MAX_NAMESPACE_LENGTH)
  const refuse = (field: string, text: string) =>
    app.console.redirect(reply, session, back, { problem: { form: 'bulk', field, text } })
  const finish = async (change: Promise<ChangeResult>, word: (count: number) => string) => {
    const result = await change.catch((error: unknown) => explainFailure(request, error))
    if ('problem' in result) return app.console.redirect(reply, session, back, result)
    return app.console.redirect(reply, session, back, changeNotice(request, result, word, back))
  }
  switch (form.get('action')) {
    case 'delete':
      return finish(deleteMemories(context, ids), texts.deleted)
    case 'restore':
      return finish(restoreMemories(context, ids), texts.restored)
    case 'pin':
      return finish(pinMemories(context, ids, true), texts.pinned)
    case 'unpin':
      return finish(pinMemories(context, ids, false), texts.unpinned)
    case 'add_tag':
    case 'remove_tag': {
      if (tag === '') return refuse('tag', texts.tagMissing)
      const remove = form.get('action') === 'remove_tag'
      const change = tagMemories(context, ids, { tag, remove })
      return finish(change, (count) =>
        remove ? texts.untagged(count, tag) : texts.tagged(count, tag)
      )
    }
    case 'move':
      if (namespace === '') return refuse('namespace', texts.namespaceMissing)
      return finish(moveMemories(context, ids, namespace), (count) => texts.moved(count, namespace))
    default:
      return app.console.redirect(reply, session, back)
  }
}

/** What happened, with the form that undoes it. */
export function changeNotice(
  { texts: { memories: texts } }: FastifyRequest,
  { changes, blocked }: ChangeResult,
  word: (count: number) => string,
  back: string
): PageNotice {
  const notice = [
    changes.length > 0 || blocked === 0 ? word(changes.length) : '',
    blocked > 0 ? texts.keyTaken(blocked) : ''
  ]
    .filter(Boolean)
    .join(' ')
  return { notice, ...(changes.length > 0 && { undo: undoForm(changes, back) }) }
}

/** The form that takes changes back. It names versions, so it never undoes a later change. */
export function undoForm(changes: Change[], back: string): NonNullable<PageNotice['undo']> {
  const fields = changes.map(({ memory_id: id, version }): [string, string] => [
    'change',
    `${version} ${id}`
  ])
  return { action: '/memories/undo', fields: [...fields, ['back', back]] }
}

/** The problem of a change that the database or the quota refused. Throws any other error. */
export function explainFailure(
  { texts: { memories: texts } }: FastifyRequest,
  error: unknown
): { problem: NonNullable<PageNotice['problem']> } {
  if (error instanceof QuotaUsedError) return { problem: { form: 'bulk', text: texts.quotaUsed } }
  if ((error as { code?: string }).code === UNIQUE_VIOLATION) {
    return { problem: { form: 'bulk', text: texts.changedMeanwhile } }
  }
  throw error
}

function formAction(request: FastifyRequest): string {
  return formOf(request).get('action') ?? ''
}

function selectedIds(form: Parameters): string[] {
  return form
    .all('memory_id')
    .filter((id) => memoryIdPattern.test(id))
    .slice(0, MAX_SELECTED)
}

function readChanges(form: Parameters): Change[] {
  return form.all('change').flatMap((text) => {
    const [, version, id] = /^(\d{1,9}) ([\w.:-]{1,255})$/.exec(text) ?? []
    return version && id ? [{ memory_id: id, version: Number(version) }] : []
  })
}

/** The page of memories that a form came from. */
export function backPath(form: Parameters): string {
  const path = ownPath(form.get('back'))
  return /^\/(memories|timeline|graph|projects)([/?]|$)/.test(path) ? path : '/memories'
}
