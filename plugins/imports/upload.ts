import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Session } from '../../db/people/sessions.ts'
import { makeTemporaryDirectory, removeTemporaryDirectory } from '../../lib/temporary-directory.ts'
import { requireSameOrigin } from '../auth/index.ts'
import { formOf, Parameters } from '../form-parameters.ts'

const MEGABYTE = 1_000_000
/** What the other parts of an upload may take. */
const FORM_BYTES = 65_536

export interface ReceivedUpload {
  session: Session
  form: Parameters
  /** Undefined without a file. `tooLarge`: it has more bytes than it may. */
  file?: { directory: string; path: string; name: string } | 'tooLarge' | undefined
}

/**
 * Receives the form of an upload, whose fields come before its file, and stores the file in a
 * temporary directory, which the caller removes. Not a byte of it is stored before the form has
 * proven where it comes from. A refused upload is read to its end, because browsers read the answer
 * only then. Throws PageError 401 and 403 like requireWriterForm.
 */
export async function receiveUpload(
  app: FastifyInstance,
  request: FastifyRequest
): Promise<ReceivedUpload> {
  requireSameOrigin(request)
  if (!request.isMultipart()) {
    return { session: await app.console.requireWriterForm(request), form: formOf(request) }
  }
  const maxBytes = app.config.MAX_IMPORT_MB * MEGABYTE
  const isTooLarge = Number(request.headers['content-length'] ?? 0) > maxBytes + FORM_BYTES
  const fields = new URLSearchParams()
  const readForm = async () => {
    const form = new Parameters(fields.toString())
    return { session: await app.console.requireWriterForm(request, form), form }
  }
  let reading: Promise<ReceivedUpload> | undefined
  for await (const part of request.parts({ limits: { fileSize: maxBytes } })) {
    if (part.type === 'field') {
      if (!reading) fields.append(part.fieldname, String(part.value))
      continue
    }
    reading ??= readForm().then(async (received) => {
      if (isTooLarge) return { ...received, file: 'tooLarge' as const }
      return { ...received, file: await storeFile(part) }
    })
    await reading.catch(() => {}) // thrown when the upload is read
    part.file.resume()
  }
  return reading ?? readForm()
}

async function storeFile(part: MultipartFile): Promise<ReceivedUpload['file']> {
  const directory = await makeTemporaryDirectory('import')
  try {
    const path = join(directory, 'upload')
    const output = createWriteStream(path, { flags: 'wx', mode: 0o600 })
    await pipeline(part.file, output)
    if (!part.file.truncated && output.bytesWritten > 0) {
      return { directory, path, name: part.filename }
    }
    await removeTemporaryDirectory(directory)
    return part.file.truncated ? 'tooLarge' : undefined
  } catch (error) {
    await removeTemporaryDirectory(directory)
    throw error
  }
}
