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
 * The headers of every answer. Over https they tell the browser to use only https for a year
 * (RFC 6797).
 */
export function securityHeaders({ publicUrl }: FastifyInstance): Record<string, string> {
  const usesHttps = publicUrl.startsWith('https:')
  return {
    'x-content-type-options': 'nosniff',
    ...(usesHttps && { 'strict-transport-security': 'max-age=31536000' })
  }
}

/** Answers a malformed URL, such as /%zz, in JSON: it reaches no scope that could word it. */
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
 * Words errors of the OAuth endpoints as RFC 6749 JSON, never cached. A database failure never
 * becomes invalid_grant, or clients would drop their tokens.
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
  const serverError = statusCode >= 500 ? 'server_error' : 'invalid_request'
  const errorCode = retryAfter !== undefined ? 'temporarily_unavailable' : serverError
  return reply.status(statusCode === 415 ? 400 : statusCode).send({
    error: errorCode,
    error_description: toErrorDescription(message),
    request_id: request.id
  })
}

/**
 * Words errors of MCP as JSON-RPC. The scope that handles a BearerError sets its challenge header.
 * An error echoes the id of its request. Where there is none, it has the id null, or with
 * `omitsNull` no id, as MCP 2026-07-28 wants.
 */
export async function rpcErrorHandler(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
  { omitsNull = false } = {}
): Promise<FastifyReply> {
  const { statusCode, message } = publicError(error)
  if (statusCode >= 500 && !(error instanceof RpcError)) request.log.error(error)
  const id = rpcId(request.body)
  return reply
    .status(statusCode)
    .header('cache-control', 'no-store')
    .send({
      jsonrpc: '2.0',
      error: {
        code: rpcCode(error, statusCode),
        message,
        data: { request_id: request.id, ...(error instanceof RpcError && error.data) }
      },
      ...((id !== null || !omitsNull) && { id })
    })
}

/** The error codes of JSON-RPC 2.0 §5.1. */
function rpcCode(error: Error, statusCode: number): number {
  if (error instanceof RpcError) return error.code
  if (isParseError(error)) return -32700
  return statusCode >= 500 ? -32603 : -32600
}

/** The id that the error echoes (JSON-RPC 2.0 §5); null unless the body is a single request. */
function rpcId(body: unknown): string | number | null {
  const message: unknown = Array.isArray(body) && body.length === 1 ? body[0] : body
  if (typeof message !== 'object' || message === null || !('method' in message)) return null
  const { id } = message as { id?: unknown }
  return typeof id === 'string' || Number.isInteger(id) ? (id as string | number) : null
}

/** Whether the body is not JSON, or not text. */
function isParseError({ code = '' }: Error & { code?: string }): boolean {
  return code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_BODY_ENCODING'
}

const apiErrorNames: Record<number, string> = {
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
 * Words errors of the tools over REST: JSON in the form of the other endpoints. The scope that
 * handles a BearerError sets its challenge header.
 */
export async function apiErrorHandler(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  const { statusCode, message, retryAfter } = publicError(error)
  if (statusCode >= 500) request.log.error(error)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  const errorName =
    error instanceof ApiError || error instanceof BearerError ? error.error : undefined
  if (error instanceof ApiError) reply.headers(error.headers)
  return reply
    .status(statusCode)
    .header('cache-control', 'no-store')
    .send({
      error: errorName ?? apiErrorNames[statusCode] ?? 'invalid_request',
      error_description: message,
      request_id: request.id
    })
}
