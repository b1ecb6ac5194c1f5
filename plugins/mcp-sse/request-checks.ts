import type { FastifyRequest } from 'fastify'
import { findTool } from '../../tools/index.ts'
import { inputLimitOf, ORDINARY_BYTES } from '../../tools/input-size.ts'
import type { Credential } from '../auth/index.ts'
import { requireScope } from '../tool-calls/index.ts'
import { invalidRequest, type RpcMessage } from './messages.ts'
import { scopedMethods } from './methods/resources.ts'

/** A form or plain text is no message, whatever it says. Throws RpcError 415. */
export function requireJson({ body, bodyBytes }: FastifyRequest): void {
  if (body === undefined || bodyBytes > 0) return
  throw invalidRequest(415, 'send the message as JSON, with Content-Type: application/json')
}

/** Only calls of tools with large values may have a large body. Throws RpcError 413. */
export function refuseLargeBody({ bodyBytes }: FastifyRequest, messages: RpcMessage[]): void {
  if (bodyBytes <= ORDINARY_BYTES) return
  const byteLimits = messages.map((message) => {
    const tool = calledTool(message)
    return tool ? inputLimitOf(tool) : ORDINARY_BYTES
  })
  const maxBytes = Math.max(...byteLimits)
  if (bodyBytes <= maxBytes) return
  throw invalidRequest(413, `the body may have up to ${maxBytes} bytes of JSON. Send less at once.`)
}

/** Throws BearerError 403 when a request for more scope can help. */
export function requireScopeOf(message: RpcMessage, credential: Credential): void {
  if (message.kind !== 'request') return
  const protectedAction = calledTool(message) ?? scopedMethods.get(message.method)
  if (protectedAction) requireScope(protectedAction, credential)
}

function calledTool(message: RpcMessage) {
  if (message.kind !== 'request' || message.method !== 'tools/call') return undefined
  const { name } = message.params
  return typeof name === 'string' ? findTool(name) : undefined
}
