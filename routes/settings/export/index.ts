import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify'
import { writeExport } from '../../../domain/memory/transfer/export.ts'
import {
  makeTemporaryDirectory,
  removeTemporaryDirectory
} from '../../../lib/temporary-directory.ts'

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
    const directory = await makeTemporaryDirectory('export')
    try {
      const file = join(directory, 'export.jsonl')
      const lines = await spoolExport(app, userId, file)
      await request.audit('memory.exported', { user_id: userId, details: { lines } })
      return await sendFile(reply, directory, file)
    } catch (error) {
      await removeTemporaryDirectory(directory)
      throw error
    } finally {
      exportingUsers.delete(userId)
    }
  })
}
export default exportPage

/**
 * Writes the export to a file first: the transaction must not wait for a slow download. Returns the
 * number of lines.
 */
async function spoolExport(app: FastifyInstance, userId: string, file: string): Promise<number> {
  const output = createWriteStream(file, { flags: 'wx', mode: 0o600 })
  const closed = finished(output)
  closed.catch(() => {}) // The error comes with the write that fails.
  const lines = await writeExport(app.db, userId, async (line) => {
    if (output.errored) throw output.errored
    if (!output.write(line)) await Promise.race([once(output, 'drain'), closed])
  })
  output.end()
  await closed
  return lines
}

/** Sends the file, and removes it when the download ends or breaks off. */
async function sendFile(
  reply: FastifyReply,
  directory: string,
  file: string
): Promise<FastifyReply> {
  const { size } = await stat(file)
  const download = createReadStream(file)
  download.once('close', () => void removeTemporaryDirectory(directory))
  const day = new Date().toISOString().slice(0, 10)
  return reply
    .headers({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': `attachment; filename="kagura-memory-${day}.jsonl"`,
      'content-length': size,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff'
    })
    .send(download)
}
