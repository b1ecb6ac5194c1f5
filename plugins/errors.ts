import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** What is answered by design: nobody reads where it was thrown, so that is not recorded. */
abstract class Refusal extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}

/**
 * An answer in the words of RFC 6749 §5.2. `reason` is a slug for the audit log; it is not sent.
 */
export class OAuthError extends Refusal {
  readonly error: string
  readonly statusCode: number
  readonly reason: string
  readonly headers: Record<string, string>
  constructor(
    error: string,
    description: string,
    { reason = error, statusCode = 400, headers = {} } = {}
  ) {
    super(description)
    this.error = error
    this.reason = reason
    this.statusCode = statusCode
    this.headers = headers
  }
}

/** A refusal that a person reads. `reason` is a slug for the audit log. */
export class PageError extends Refusal {
  readonly statusCode: number
  readonly title: string
  readonly reason: string
  readonly advice: string | undefined
  /** What to do, in each case. */
  readonly steps: Array<{ when: string; then: string }> | undefined
  readonly received: Array<[string, string]> | undefined
  readonly command: string | undefined
  readonly link: { href: string; text: string } | undefined
  constructor(
    statusCode: number,
    title: string,
    message: string,
    more: {
      reason?: string
      advice?: string
      steps?: Array<{ when: string; then: string }>
      received?: Array<[string, string]>
      command?: string | undefined
      link?: { href: string; text: string }
    } = {}
  ) {
    super(message)
    this.statusCode = statusCode
    this.title = title
    this.reason = more.reason ?? title.toLowerCase().replaceAll(' ', '_')
    this.advice = more.advice
    this.steps = more.steps
    this.received = more.received
    this.command = more.command
    this.link = more.link
  }
}

/**
 * A bad credential or too little scope at the protected resource (RFC 6750 §3). Without `error`: no
 * credential was sent. `dpop`: a proof was wanted (RFC 9449 §7.1).
 */
export class BearerError extends Refusal {
  readonly statusCode: number
  readonly error: string | undefined
  readonly scope: string | undefined
  readonly reason: string
  readonly dpop: boolean
  constructor(
    statusCode: number,
    error: string | undefined,
    description: string,
    {
      reason = error ?? 'no_credential',
      scope,
      dpop = false
    }: { reason?: string; scope?: string; dpop?: boolean } = {}
  ) {
    super(description)
    this.statusCode = statusCode
    this.error = error
    this.reason = reason
    this.scope = scope
    this.dpop = dpop
  }
}

/** The JSON-RPC 2.0 error object as a whole HTTP answer; `data` is for programs. */
export class RpcError extends Refusal {
  readonly statusCode: number
  readonly code: number
  readonly data: Record<string, unknown>
  constructor(
    statusCode: number,
    code: number,
    message: string,
    data: Record<string, unknown> = {}
  ) {
    super(message)
    this.statusCode = statusCode
    this.code = code
    this.data = data
  }
}

/** A refusal of the tools as plain REST: a slug for programs, and words that say what to do. */
export class ApiError extends Error {
  readonly statusCode: number
  readonly error: string
  readonly headers: Record<string, string>
  constructor(
    statusCode: number,
    error: string,
    message: string,
    headers: Record<string, string> = {}
  ) {
    super(message)
    this.statusCode = statusCode
    this.error = error
    this.headers = headers
  }
}

/** Too much of something in too short a time; `retryAfter` in seconds. */
export class TooManyRequests extends Refusal {
  readonly statusCode = 429
  readonly retryAfter: number
  constructor(message: string, retryAfter: number) {
    super(message)
    this.retryAfter = retryAfter
  }
}

/** What an error may tell outside: its status, and its words unless it is ours to mend. */
export function spoken(error: unknown): {
  statusCode: number
  message: string
  retryAfter?: number
} {
  const { statusCode = 500, message, retryAfter } = error as FastifyError & { retryAfter?: number }
  if (statusCode === 429 && retryAfter !== undefined) return { statusCode, message, retryAfter }
  if (statusCode < 500 || error instanceof Refusal) return { statusCode, message }
  return databaseIsAway(error)
    ? {
        statusCode: 503,
        message: 'The database does not answer; try again in a moment.',
        retryAfter: 5
      }
    : {
        statusCode: 500,
        message: 'Something went wrong on our side; the log has it under the request id.'
      }
}

/** Connection trouble, time-outs, and PostgreSQL's own "try again" classes (08, 40, 53, 57P). */
function databaseIsAway(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return (
    /^(08|40|53|57P)/.test(code) ||
    ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(code) ||
    /timeout exceeded when trying to connect|Connection terminated|not queryable|Query read timeout/.test(
      message
    )
  )
}

/**
 * What every answer carries. Over https the browser is told to stay there for a year (RFC 6797).
 */
export function securityHeaders({ publicUrl }: FastifyInstance): Record<string, string> {
  const https = publicUrl.startsWith('https:')
  return {
    'x-content-type-options': 'nosniff',
    ...(https && { 'strict-transport-security': 'max-age=31536000' })
  }
}

/** What cannot be routed at all, such as /%zz, reaches no scope: JSON for everybody. */
export function addressErrorHandler(
  _error: Error,
  request: FastifyRequest,
  reply: FastifyReply
): void {
  void reply
    .status(400)
    .headers({
      ...securityHeaders(request.server),
      'x-request-id': request.id,
      'cache-control': 'no-store'
    })
    .send({
      error: 'bad_request',
      error_description: 'The address is malformed.',
      request_id: request.id
    })
}

/**
 * Under oauth: RFC 6749 JSON, never cached. A database that is away is never invalid_grant, or
 * clients drop their tokens.
 */
export async function oauthErrorHandler(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
  if (error instanceof OAuthError) {
    return reply
      .status(error.statusCode)
      .headers(error.headers)
      .send({
        error: error.error,
        error_description: describable(error.message),
        request_id: request.id
      })
  }
  const { statusCode, message, retryAfter } = spoken(error)
  if (statusCode >= 500) request.log.error(error)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  const name =
    retryAfter !== undefined
      ? 'temporarily_unavailable'
      : statusCode >= 500
        ? 'server_error'
        : 'invalid_request'
  return reply
    .status(statusCode === 415 ? 400 : statusCode)
    .send({ error: name, error_description: describable(message), request_id: request.id })
}

/** error_description allows %x20-21 / %x23-5B / %x5D-7E (RFC 6749 §5.2). */
export function describable(text: string): string {
  return text.replaceAll('"', "'").replace(/[^\x20-\x5b\x5d-\x7e]/g, '?')
}

/**
 * Under mcp: JSON-RPC; the challenge header of a BearerError is set by whoever threw it into the
 * scope.
 */
export async function rpcErrorHandler(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  const { statusCode, message } = spoken(error)
  if (statusCode >= 500 && !(error instanceof RpcError)) request.log.error(error)
  const code =
    error instanceof RpcError
      ? error.code
      : isParseError(error)
        ? -32700
        : statusCode >= 500
          ? -32603
          : -32600
  return reply
    .status(statusCode)
    .header('cache-control', 'no-store')
    .send({
      jsonrpc: '2.0',
      error: {
        code,
        message,
        data: { request_id: request.id, ...(error instanceof RpcError && error.data) }
      },
      id: rpcId(request.body)
    })
}

/**
 * The id of the one request in a body, as JSON-RPC 2.0 §5 wants it echoed; null where none can be
 * told.
 */
function rpcId(body: unknown): string | number | null {
  const { id, method } = (Array.isArray(body) && body.length === 1 ? body[0] : (body ?? {})) as {
    id?: unknown
    method?: unknown
  }
  return method !== undefined && (typeof id === 'string' || typeof id === 'number') ? id : null
}

/** The body is no JSON, or no text. */
function isParseError({ code = '' }: Error & { code?: string }): boolean {
  return code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_BODY_ENCODING'
}

const apiNames: Record<number, string> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  500: 'server_error',
  503: 'temporarily_unavailable'
}

/**
 * Under api/v1/tools: JSON in the same form as elsewhere; the challenge header of a BearerError is
 * set by the scope.
 */
export async function apiErrorHandler(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  const { statusCode, message, retryAfter } = spoken(error)
  if (statusCode >= 500) request.log.error(error)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  const named = error instanceof ApiError || error instanceof BearerError ? error.error : undefined
  if (error instanceof ApiError) reply.headers(error.headers)
  return reply
    .status(statusCode)
    .header('cache-control', 'no-store')
    .send({
      error: named ?? apiNames[statusCode] ?? 'invalid_request',
      error_description: message,
      request_id: request.id
    })
}
