import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify'
import { writeExport, writeNotesArchive } from '../../../domain/memory/transfer/export.ts'
import {
  makeTemporaryDirectory,
  removeTemporaryDirectory
} from '../../../lib/temporary-directory.ts'
import { formOf } from '../../../plugins/form-parameters.ts'

const PATH = '/settings/export'

/** Downloads everything that is remembered for a person, as `kagura memory export` writes it. */
const exportPage: FastifyPluginAsync = async (app) => {
  /** People whose export is being written: each has one at a time. */
  const exportingUsers = new Set<string>()

  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    app.auth.requireRecent(request, session)
    const { email } = session
    return app.console.show(request, reply, session, 'settings/export', { email })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    app.auth.requireRecent(request, session, PATH)
    const { user_id: userId } = session
    if (exportingUsers.has(userId)) {
      const problem = { form: 'export', text: request.texts.settings.exportBusy }
      return app.console.redirect(reply, session, PATH, { problem, status: 429 })
    }
    exportingUsers.add(userId)
    const kind =
      formOf(request).get('format') === 'markdown' ? exportKinds.notes : exportKinds.lines
    const directory = await makeTemporaryDirectory('export')
    try {
      const file = join(directory, 'export')
      const details = await spoolExport(app, userId, file, kind)
      await request.audit('memory.exported', { user_id: userId, details })
      return await sendFile(reply, directory, file, kind)
    } catch (error) {
      await removeTemporaryDirectory(directory)
      throw error
    } finally {
      exportingUsers.delete(userId)
    }
  })
}
export default exportPage

type Write = (part: string | Buffer) => Promise<void>

interface ExportKind {
  extension: string
  mediaType: string
  /** Writes the export, and returns what the audit log says about it. */
  write: (app: FastifyInstance, userId: string, write: Write) => Promise<Record<string, number>>
}

const exportKinds: Record<'lines' | 'notes', ExportKind> = {
  lines: {
    extension: 'jsonl',
    mediaType: 'application/x-ndjson; charset=utf-8',
    write: async (app, userId, write) => ({ lines: await writeExport(app.db, userId, write) })
  },
  notes: {
    extension: 'zip',
    mediaType: 'application/zip',
    write: async (app, userId, write) => ({ files: await writeNotesArchive(app.db, userId, write) })
  }
}

/**
 * Writes the export to a file first: the transaction must not wait for a slow download. Returns
 * what the audit log says about it.
 */
async function spoolExport(
  app: FastifyInstance,
  userId: string,
  file: string,
  kind: ExportKind
): Promise<Record<string, number>> {
  const output = createWriteStream(file, { flags: 'wx', mode: 0o600 })
  const closed = finished(output)
  closed.catch(() => {}) // The error comes with the write that fails.
  const details = await kind.write(app, userId, async (part) => {
    if (output.errored) throw output.errored
    if (!output.write(part)) await Promise.race([once(output, 'drain'), closed])
  })
  output.end()
  await closed
  return details
}

/** Sends the file, and removes it when the download ends or breaks off. */
async function sendFile(
  reply: FastifyReply,
  directory: string,
  file: string,
  { mediaType, extension }: ExportKind
): Promise<FastifyReply> {
  const { size } = await stat(file)
  const download = createReadStream(file)
  download.once('close', () => void removeTemporaryDirectory(directory))
  const day = new Date().toISOString().slice(0, 10)
  return reply
    .headers({
      'content-type': mediaType,
      'content-disposition': `attachment; filename="kagura-memory-${day}.${extension}"`,
      'content-length': size,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff'
    })
    .send(download)
}
