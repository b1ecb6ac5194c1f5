import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  createDecoder,
  decodeAs,
  findEncoding,
  type StreamDecoder,
  WrongEncodingError
} from '../lib/encoding/charset.ts'
import { refuseLargeJson } from '../lib/json-limits.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The length of a JSON body; 0 for every other body. */
    bodyBytes: number
  }
  interface FastifyInstance {
    bodyText: BodyText
  }
}

export interface BodyText {
  /**
   * Parses the bytes of a JSON body and sets request.bodyBytes. Passes Fastify's own errors,
   * BodyEncodingError and JsonLimitError to the callback.
   */
  parseJson: (request: FastifyRequest, body: Buffer, done: ParserCallback) => void
}
type ParserCallback = (error: Error | null, body?: unknown) => void

/** Forms are small; the parser of forms refuses a larger one. */
const MAX_FORM_BYTES = 64 * 1024

/**
 * The bytes of a body contradict its Content-Type (400), or the charset is unknown (415).
 */
export class BodyEncodingError extends Error {
  override name = 'BodyEncodingError'
  readonly statusCode: number
  readonly code = 'FST_ERR_CTP_BODY_ENCODING'
  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/**
 * app.bodyText. Every body is read as UTF-8 (RFC 8259 §8.1), or converted from the charset that its
 * Content-Type names. The service refuses everything else, so that it never stores U+FFFD.
 */
export default fp(
  async (app) => {
    const parseText = app.getDefaultJsonParser('error', 'error')
    app.decorateRequest('bodyBytes', 0)
    app.decorate('bodyText', {
      parseJson(request, body, done) {
        request.bodyBytes = body.length
        if (!isUtf8(body)) return done(notUtf8Error())
        try {
          refuseLargeJson(body)
        } catch (error) {
          return done(error as Error)
        }
        void parseText(request, body.toString('utf8'), done)
      }
    })
    app.removeContentTypeParser(['application/json', 'text/plain'])
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
      app.bodyText.parseJson(request, body as Buffer, done)
    })
    app.addContentTypeParser('text/plain', { parseAs: 'buffer' }, (_, body, done) => {
      if (isUtf8(body as Buffer)) done(null, body.toString('utf8'))
      else done(notUtf8Error())
    })
    app.addHook('preParsing', async (request, _, payload) => {
      const charsetName = charsetOf(request)
      if (charsetName === undefined) return
      const bodyEncoding = findEncoding(charsetName)
      if (bodyEncoding === 'utf-8') return
      if (bodyEncoding === undefined) throw unknownCharsetError(charsetName)
      return convertedBody(request, payload, bodyEncoding)
    })
  },
  { name: 'body-text' }
)

function charsetOf({ headers }: FastifyRequest): string | undefined {
  const contentType = headers['content-type']
  if (contentType === undefined || !contentType.includes(';')) return undefined
  return /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]+))/i
    .exec(contentType)
    ?.slice(1)
    .find((name) => name)
}

function convertedBody(
  { headers }: FastifyRequest,
  payload: AsyncIterable<Buffer>,
  bodyEncoding: string
): Readable {
  const isForm = /^application\/x-www-form-urlencoded/i.test(headers['content-type']!)
  const utf8Chunks = isForm ? formInUtf8(payload, bodyEncoding) : textInUtf8(payload, bodyEncoding)
  const bodyStream = Readable.from(utf8Chunks, { objectMode: false })
  // Fastify compares this with Content-Length, which counts the bytes before the conversion.
  return Object.defineProperty(bodyStream, 'receivedEncodedLength', {
    get: () => Number(headers['content-length'] ?? 0)
  })
}

async function* textInUtf8(
  payload: AsyncIterable<Buffer>,
  bodyEncoding: string
): AsyncGenerator<Buffer> {
  const streamDecoder = createDecoder(bodyEncoding)
  let isFirst = true
  for await (const bodyChunk of payload) {
    const chunkText = decodeOrRefuse(bodyEncoding, () => streamDecoder.write(bodyChunk))
    yield Buffer.from(isFirst ? chunkText.replace(/^\ufeff/, '') : chunkText)
    isFirst = false
  }
  yield Buffer.from(decodeOrRefuse(bodyEncoding, () => endOf(streamDecoder)))
}

const endOf = (decoder: StreamDecoder) => decoder.end()

/** A form whose bytes, raw or escaped as %E9, are in the encoding (URL standard §5.1). */
async function* formInUtf8(
  payload: AsyncIterable<Buffer>,
  bodyEncoding: string
): AsyncGenerator<Buffer> {
  const bodyChunks: Buffer[] = []
  let bodyLength = 0
  for await (const bodyChunk of payload) {
    bodyChunks.push(bodyChunk)
    if ((bodyLength += bodyChunk.length) > MAX_FORM_BYTES) break
  }
  const formText = Buffer.concat(bodyChunks).toString('latin1')
  yield Buffer.from(
    formText.replace(/(?:%[89a-f][0-9a-f]|[\x80-\xff])(?:%[0-9a-f]{2}|[\x80-\xff])*/gi, (run) =>
      encodeURIComponent(decodeFormRun(run, bodyEncoding))
    )
  )
}

/** The text of consecutive raw or escaped bytes. */
function decodeFormRun(run: string, bodyEncoding: string): string {
  const rawBytes = run.replace(/%([0-9a-f]{2})/gi, (_, hex) =>
    String.fromCharCode(parseInt(hex, 16))
  )
  return decodeOrRefuse(bodyEncoding, () => {
    const decodedText = decodeAs(Buffer.from(rawBytes, 'latin1'), bodyEncoding)
    if (decodedText === undefined) throw new WrongEncodingError(bodyEncoding)
    return decodedText
  })
}

function decodeOrRefuse(bodyEncoding: string, decode: () => string): string {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof WrongEncodingError)) throw error
    throw new BodyEncodingError(
      400,
      `The body is not valid ${bodyEncoding}, as its Content-Type says. Send UTF-8.`
    )
  }
}

function notUtf8Error(): BodyEncodingError {
  return new BodyEncodingError(
    400,
    'The body is not valid UTF-8. Send UTF-8, or name the charset in ' +
      'Content-Type, as in: application/json; charset=windows-1252.'
  )
}

function unknownCharsetError(charsetName: string): BodyEncodingError {
  const printableName = charsetName.slice(0, 40).replace(/[^\w.:-]/g, '?')
  return new BodyEncodingError(415, `The charset ${printableName} is unknown. Send UTF-8.`)
}
