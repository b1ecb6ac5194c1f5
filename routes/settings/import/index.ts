import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { type ImportJob, listImportJobs } from '../../../db/memory/import-jobs.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { GLOBAL_NAMESPACE } from '../../../domain/memory/fields.ts'
import { importFormats } from '../../../domain/memory/transfer/import/index.ts'
import { FORMAT_NAME } from '../../../domain/memory/transfer/line.ts'
import { normalizeName } from '../../../lib/names.ts'
import { removeTemporaryDirectory } from '../../../lib/temporary-directory.ts'
import type { ShownImport } from '../../../plugins/console/pages/settings.ts'
import { formOf } from '../../../plugins/form-parameters.ts'
import { type ReceivedUpload, receiveUpload } from '../../../plugins/imports/index.ts'
import { typedText } from '../../../plugins/notices.ts'

const PATH = '/settings/import'
/** Imports that the page lists. */
const MAX_LISTED = 10
const MAX_NAMESPACE = 128
const activeStates = ['checking', 'ready', 'confirmed', 'running', 'undoing']
const FORM_LIMITS = { fields: 10, fieldNameSize: 100, fieldSize: 2000, files: 1, parts: 12 }

/** Imports a file: upload with a dry run, then the import, its progress and its undo. */
const importPage: FastifyPluginAsync = async (app) => {
  await app.register(multipart, { limits: FORM_LIMITS, throwFileSizeLimit: false })

  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const [newest, ...earlier] = (await listImportJobs(app.db, session.user_id, MAX_LISTED)).map(
      shownImport
    )
    return app.console.show(request, reply, session, 'settings/import', {
      formats: importFormats.map(({ name, title, takes }) => ({ name, title, takes })),
      maxBytes: app.config.MAX_IMPORT_MB * 1_000_000,
      readOnly: session.role === 'read_only',
      current: newest,
      isActive: newest !== undefined && activeStates.includes(newest.state),
      earlier
    })
  })

  app.post('', { config: { upload: true } }, async (request, reply) => {
    const upload = await receiveUpload(app, request)
    return acceptUpload(app, request, reply, upload)
  })

  for (const action of ['confirm', 'stop', 'undo'] as const) {
    app.post(`/${action}`, async (request, reply) => {
      const session = await app.console.requireWriterForm(request)
      const importId = formOf(request).get('import_id') ?? ''
      const isDone = await app.imports[action](session.user_id, importId)
      return answerAction(app, request, reply, session, isDone)
    })
  }
}
export default importPage

/** Begins the dry run, or says at which field the form is wrong. */
async function acceptUpload(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  { session, form, file }: ReceivedUpload
): Promise<FastifyReply> {
  const { imports: texts } = request.texts
  const namespace = normalizeName(form.get('namespace') ?? '') || GLOBAL_NAMESPACE
  const format = form.get('from')
  const isKnown = format === undefined || format === FORMAT_NAME || isFormatName(format)
  const typed = { from: typedText(format), namespace: typedText(namespace) }
  const refuse = async (field: string | undefined, text: string, status: number) => {
    if (typeof file === 'object') await removeTemporaryDirectory(file.directory)
    const problem = { form: 'import', ...(field !== undefined && { field }), text }
    return app.console.redirect(reply, session, PATH, { problem, typed, status })
  }
  if (file === 'tooLarge') {
    return refuse('file', texts.tooLarge(app.config.MAX_IMPORT_MB), 413)
  }
  if (!file) return refuse('file', texts.noFile, 400)
  if (!isKnown) return refuse('from', texts.unknownFormat, 400)
  if ([...namespace].length > MAX_NAMESPACE || form.malformed.includes('namespace')) {
    return refuse('namespace', texts.longNamespace, 400)
  }
  const name = typedText(file.name.replace(/[\0\ufffd]/g, '')) || 'upload'
  const importFile = { ...file, name, format, agentName: namespace }
  const outcome = await app.imports.start(importFile, session.user_id)
  if (outcome === 'active') return refuse(undefined, texts.alreadyActive, 409)
  if (outcome === 'busy') return refuse(undefined, texts.serverBusy, 503)
  return app.console.redirect(reply, session, PATH)
}

function isFormatName(name: string): boolean {
  return importFormats.some((format) => format.name === name)
}

async function answerAction(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  isDone: boolean
): Promise<FastifyReply> {
  if (isDone) return app.console.redirect(reply, session, PATH)
  const problem = { form: 'import', text: request.texts.imports.tooLate }
  return app.console.redirect(reply, session, PATH, { problem, status: 409 })
}

function shownImport(job: ImportJob): ShownImport {
  const { state, summary, interrupted, from_format: formatName } = job
  const hasWritten =
    summary !== null && summary.created + summary.changed + summary.versions + summary.links > 0
  const isEnded = ['done', 'failed', 'stopped'].includes(state)
  return {
    id: job.import_id,
    state: interrupted ? 'failed' : state,
    fileName: job.file_name,
    namespace: job.agent_name,
    product: importFormats.find(({ name }) => name === formatName)?.title ?? ownTitle(formatName),
    done: job.done,
    total: job.total,
    summary,
    problem: interrupted ? 'interrupted' : job.problem,
    createdAt: job.created_at,
    canUndo: isEnded && hasWritten
  }
}

function ownTitle(formatName: string | null): string | undefined {
  return formatName === FORMAT_NAME ? 'Kagura Memory' : undefined
}
