import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  ApiError,
  BearerError,
  toErrorDescription,
  OAuthError,
  RpcError,
  publicError
} from '../../lib/errors.ts'

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
        error_description: toErrorDescription(error.message),
        request_id: request.id
      })
  }
  const { statusCode, message, retryAfter } = publicError(error)
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
    .send({ error: name, error_description: toErrorDescription(message), request_id: request.id })
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
  const { statusCode, message } = publicError(error)
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
  const { statusCode, message, retryAfter } = publicError(error)
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
