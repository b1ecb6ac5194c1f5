import { isUtf8 } from 'node:buffer'
import { isDeepStrictEqual } from 'node:util'
import type { FuzzRequest } from './requests.ts'

/** What came back: the status, the type, and the JSON-RPC messages of JSON or of a stream. */
export interface FuzzAnswer {
  status: number
  contentType: string
  text: string
}

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Written a second time on purpose, and simply: what JSON-RPC 2.0 calls a request. */
export function isRequest(item: unknown): item is Json & { id: unknown } {
  if (!isObject(item) || item['jsonrpc'] !== '2.0' || typeof item['method'] !== 'string') {
    return false
  }
  const { id, params } = item
  return (
    (typeof id === 'string' || Number.isInteger(id)) && (params === undefined || isObject(params))
  )
}

/** The messages of an answer; undefined if it is not made of JSON. */
function messagesOf({ contentType, text }: FuzzAnswer): unknown[] | undefined {
  try {
    if (!contentType.startsWith('text/event-stream')) {
      const body: unknown = text === '' ? [] : JSON.parse(text)
      return Array.isArray(body) ? body : [body]
    }
    return [...text.matchAll(/^data: (\{[^\n]*)/gm)].map(([, data]) => JSON.parse(data!) as unknown)
  } catch {
    return undefined
  }
}

/** What is wrong with a response by itself. */
function faultOfResponse(message: unknown): string | undefined {
  if (!isObject(message) || message['jsonrpc'] !== '2.0') return 'not JSON-RPC'
  const { result, error } = message
  if (typeof message['method'] === 'string') return undefined
  if (isObject(result) === isObject(error)) return 'neither a result nor an error, or both'
  if (isObject(error)) {
    if (!Number.isInteger(error['code']) || !error['message']) return 'an error without its parts'
    if (error['code'] === -32603) return 'an internal error'
  }
  if (JSON.stringify(message).includes('failed on our side')) return 'a failure of ours'
  return undefined
}

function parsedBody({ body }: FuzzRequest): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

/** What is wrong with the answer to a request; undefined for a good one. */
export function faultOfAnswer(request: FuzzRequest, answer: FuzzAnswer): string | undefined {
  const { status } = answer
  if (status >= 500) return `status ${status}`
  if (request.verb !== 'POST' || answer.contentType.startsWith('text/html')) return undefined
  const messages = messagesOf(answer)
  if (!messages) return 'not JSON'
  for (const message of messages) {
    const fault = faultOfResponse(message)
    if (fault !== undefined) return fault
  }
  const responses = messages.filter(
    (message) => isObject(message) && !('method' in message)
  ) as Json[]
  if (status >= 400 && status !== 417 && responses.length !== 1) {
    return 'a refusal without one error'
  }
  return faultOfIds(request, answer, responses)
}

/** Every request has one answer with its id, or its whole body is refused. */
function faultOfIds(
  request: FuzzRequest,
  { status, text }: FuzzAnswer,
  responses: Json[]
): string | undefined {
  const body = parsedBody(request)
  const expectedIds = (Array.isArray(body) ? body : [body]).filter(isRequest).map(({ id }) => id)
  if (!Array.isArray(body) && expectedIds.length === 1) {
    if (status === 202) return 'a request without an answer'
    if (responses[0]?.['id'] === expectedIds[0]) return undefined
    if (text.includes('subscriptions/acknowledged')) return undefined
    return isUnread(status, request.body, String(request.headers['content-type']))
      ? undefined
      : 'the id of a request is missing'
  }
  if (status >= 400 || expectedIds.length === 0) return undefined
  const answered = responses.map(({ id }) => id)
  return isDeepStrictEqual(new Set(answered), new Set(expectedIds)) &&
    answered.length === expectedIds.length
    ? undefined
    : 'the ids of a batch differ'
}

/** Statuses of requests that are refused before anybody reads the id; the last two by Node.js. */
const unreadStatuses: ReadonlySet<number> = new Set([401, 403, 413, 415, 421, 417, 431])

/**
 * Whether nobody read the id of a refused body: neither of another charset or of bytes that are no
 * text, nor beside names that could poison an object.
 */
export function isUnread(status: number, body: Buffer, contentType = 'application/json'): boolean {
  if (unreadStatuses.has(status)) return true
  const isUnreadable =
    contentType !== 'application/json' ||
    !isUtf8(body) ||
    /"__proto__"|"constructor"/.test(body.toString())
  return status === 400 && isUnreadable
}
