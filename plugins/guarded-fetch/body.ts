import type { Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { FetchRefusedError } from './refused.ts'

type ResponseHeaders = Record<string, string | string[] | undefined>

const contentDecoders: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress
}

/**
 * Reads the whole body and decompresses it while it arrives, so that a decompression bomb stops at
 * the limit. Throws FetchRefusedError.
 */
export async function readDecodedBody(
  body: Readable,
  headers: ResponseHeaders,
  maxBytes: number,
  deadline: AbortSignal
): Promise<Buffer> {
  const tooLarge = new FetchRefusedError('too_large', `the answer has more than ${maxBytes} bytes`)
  if (Number(headers['content-length']) > maxBytes) {
    body.on('error', () => {}).destroy()
    throw tooLarge
  }
  const decodedStream = decodeStream(body, headers['content-encoding'])
  const giveUp = () => {
    body.destroy()
    decodedStream.destroy(new Error('timeout'))
  }
  deadline.addEventListener('abort', giveUp, { once: true })
  const bodyChunks: Buffer[] = []
  let bodySize = 0
  try {
    for await (const bodyChunk of decodedStream as AsyncIterable<Buffer>) {
      bodySize += bodyChunk.length
      if (bodySize > maxBytes) throw tooLarge
      bodyChunks.push(bodyChunk)
    }
    return Buffer.concat(bodyChunks)
  } catch (error) {
    if (deadline.aborted) throw new FetchRefusedError('timeout', 'the answer took too long')
    throw error instanceof FetchRefusedError
      ? error
      : new FetchRefusedError(
          'broken_answer',
          `the answer breaks off (${(error as Error).message})`
        )
  } finally {
    deadline.removeEventListener('abort', giveUp)
    body.destroy()
    decodedStream.destroy()
  }
}

function decodeStream(body: Readable, encoding: string | string[] | undefined): Readable {
  const encodingName = String(encoding ?? 'identity')
    .trim()
    .toLowerCase()
  if (encodingName === 'identity' || encodingName === '') return body
  const contentDecoder = contentDecoders[encodingName]?.()
  if (!contentDecoder) {
    throw new FetchRefusedError(
      'unknown_encoding',
      `the answer is encoded as ${encodingName.slice(0, 40)}`
    )
  }
  body.once('error', (error) => contentDecoder.destroy(error))
  return body.pipe(contentDecoder)
}
