import type { Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { FetchRefused } from './refused.ts'

type Headers = Record<string, string | string[] | undefined>

const decoders: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress
}

/**
 * The whole body, decompressed as it comes, so that a small answer that swells is given up at the
 * limit. Throws FetchRefused.
 */
export async function decodedBody(
  body: Readable,
  headers: Headers,
  maxBytes: number,
  deadline: AbortSignal
): Promise<Buffer> {
  const tooLarge = new FetchRefused('too_large', `the answer has more than ${maxBytes} bytes`)
  if (Number(headers['content-length']) > maxBytes) {
    body.on('error', () => {}).destroy()
    throw tooLarge
  }
  const stream = decoded(body, headers['content-encoding'])
  const giveUp = () => {
    body.destroy()
    stream.destroy(new Error('timeout'))
  }
  deadline.addEventListener('abort', giveUp, { once: true })
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw tooLarge
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    if (deadline.aborted) throw new FetchRefused('timeout', 'the answer took too long')
    throw error instanceof FetchRefused
      ? error
      : new FetchRefused('broken_answer', `the answer breaks off (${(error as Error).message})`)
  } finally {
    deadline.removeEventListener('abort', giveUp)
    body.destroy()
    stream.destroy()
  }
}

function decoded(body: Readable, encoding: string | string[] | undefined): Readable {
  const name = String(encoding ?? 'identity')
    .trim()
    .toLowerCase()
  if (name === 'identity' || name === '') return body
  const decoder = decoders[name]?.()
  if (!decoder) {
    throw new FetchRefused('unknown_encoding', `the answer is encoded as ${name.slice(0, 40)}`)
  }
  body.once('error', (error) => decoder.destroy(error))
  return body.pipe(decoder)
}
