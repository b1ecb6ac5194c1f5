import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  createDecoder,
  decodeAs,
  encodingOf,
  type StreamDecoder,
  WrongEncodingError
} from '../lib/encoding/charset.ts'
import { refuseLargeJson } from '../lib/json-limits.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a JSON body. */
    bodyBytes: number
  }
  interface FastifyInstance {
    /**
     * Parses a JSON body of bytes. Its refusals are those of Fastify, BodyEncodingError and
     * JsonLimitError.
     */
    parseJsonBytes: (request: FastifyRequest, body: Buffer, done: ParseDone) => void
  }
}
type ParseDone = (error: Error | null, body?: unknown) => void

/** Forms are small; a larger one is refused by its parser. */
const MAX_FORM_BYTES = 64 * 1024

/**
 * The bytes of a body are not what its Content-Type says. `statusCode`: 400, or 415 for the name.
 */
export class BodyEncodingError extends Error {
  readonly statusCode: number
  readonly code = 'FST_ERR_CTP_BODY_ENCODING'
  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/**
 * Bodies are read as UTF-8, in which JSON is sent (RFC 8259 §8.1), or converted from the charset
 * that their Content-Type names. What is neither is refused: nothing is stored as U+FFFD.
 */
export default fp(
  async (app) => {
    const parse = app.getDefaultJsonParser('error', 'error')
    app.decorateRequest('bodyBytes', 0)
    app.decorate('parseJsonBytes', (request: FastifyRequest, body: Buffer, done: ParseDone) => {
      request.bodyBytes = body.length
      if (!isUtf8(body)) return done(notUtf8())
      try {
        refuseLargeJson(body)
      } catch (error) {
        return done(error as Error)
      }
      void parse(request, body.toString('utf8'), done)
    })
    app.removeContentTypeParser(['application/json', 'text/plain'])
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
      app.parseJsonBytes(request, body as Buffer, done)
    })
    app.addContentTypeParser('text/plain', { parseAs: 'buffer' }, (_, body, done) => {
      if (isUtf8(body as Buffer)) done(null, body.toString('utf8'))
      else done(notUtf8())
    })
    app.addHook('preParsing', async (request, _, payload) => {
      const charset = charsetOf(request)
      if (charset === undefined) return
      const encoding = encodingOf(charset)
      if (encoding === 'utf-8') return
      if (encoding === undefined) throw unknownCharset(charset)
      const isForm = /^application\/x-www-form-urlencoded/i.test(request.headers['content-type']!)
      const converted = isForm ? formInUtf8(payload, encoding) : inUtf8(payload, encoding)
      const stream = Readable.from(converted, { objectMode: false })
      // Fastify compares this with Content-Length, which counts the bytes before the conversion.
      return Object.defineProperty(stream, 'receivedEncodedLength', {
        get: () => Number(request.headers['content-length'] ?? 0)
      })
    })
  },
  { name: 'body-text' }
)

function charsetOf({ headers }: FastifyRequest): string | undefined {
  const type = headers['content-type']
  if (type === undefined || !type.includes(';')) return undefined
  return /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]+))/i
    .exec(type)
    ?.slice(1)
    .find((name) => name)
}

async function* inUtf8(payload: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = createDecoder(encoding)
  let isFirst = true
  for await (const bytes of payload) {
    const text = attempt(encoding, () => decoder.write(bytes))
    yield Buffer.from(isFirst ? text.replace(/^\ufeff/, '') : text)
    isFirst = false
  }
  yield Buffer.from(attempt(encoding, () => endOf(decoder)))
}

const endOf = (decoder: StreamDecoder) => decoder.end()

/** A form whose bytes, plain or escaped as %E9, are in the encoding (URL standard §5.1). */
async function* formInUtf8(
  payload: AsyncIterable<Buffer>,
  encoding: string
): AsyncGenerator<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const bytes of payload) {
    chunks.push(bytes)
    if ((length += bytes.length) > MAX_FORM_BYTES) break
  }
  const form = Buffer.concat(chunks).toString('latin1')
  yield Buffer.from(
    form.replace(/(?:%[89a-f][0-9a-f]|[\x80-\xff])(?:%[0-9a-f]{2}|[\x80-\xff])*/gi, (run) => {
      const bytes = run.replace(/%([0-9a-f]{2})/gi, (_, hex) =>
        String.fromCharCode(parseInt(hex, 16))
      )
      return encodeURIComponent(
        attempt(encoding, () => {
          const text = decodeAs(Buffer.from(bytes, 'latin1'), encoding)
          if (text === undefined) throw new WrongEncodingError(encoding)
          return text
        })
      )
    })
  )
}

function attempt(encoding: string, decode: () => string): string {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof WrongEncodingError)) throw error
    throw new BodyEncodingError(
      400,
      `The body is not valid ${encoding}, as its Content-Type says. Send UTF-8.`
    )
  }
}

function notUtf8(): BodyEncodingError {
  return new BodyEncodingError(
    400,
    'The body is not valid UTF-8. Send UTF-8, or name the charset in ' +
      'Content-Type, as in: application/json; charset=windows-1252.'
  )
}

function unknownCharset(charset: string): BodyEncodingError {
  const name = charset.slice(0, 40).replace(/[^\w.:-]/g, '?')
  return new BodyEncodingError(415, `The charset ${name} is not known here. Send UTF-8.`)
}
