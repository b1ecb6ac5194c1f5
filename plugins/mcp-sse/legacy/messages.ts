import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js'
import type { FastifyRequest } from 'fastify'
import { RpcError } from '../../../lib/errors.ts'
import { invalidRequest, isObject, parseMessage, type RpcMessage } from '../messages.ts'

const MAX_MESSAGES = 50

/** The protocol versions that a client may choose: the `data` of an error about versions. */
export const supportedVersions = { supported: SUPPORTED_PROTOCOL_VERSIONS }

/**
 * The JSON-RPC messages of a body: a single message, or a batch (2025-03-26). Throws RpcError 400.
 */
export function messagesOf(body: unknown): RpcMessage[] {
  const bodyItems: unknown[] = Array.isArray(body) ? body : [body]
  if (bodyItems.length === 0 || bodyItems.length > MAX_MESSAGES) {
    throw invalidRequest(400, `a batch holds 1 to ${MAX_MESSAGES} messages`)
  }
  const requestIds = new Set<unknown>()
  return bodyItems.map((item) => {
    const message = parseMessage(item)
    if (!message) throw invalidRequest(400, 'not a JSON-RPC 2.0 message')
    if (message.kind === 'request' && requestIds.size === requestIds.add(message.id).size) {
      throw invalidRequest(400, 'two messages have the same id')
    }
    return message
  })
}

/**
 * Checks the MCP-Protocol-Version header, except on `initialize`, which negotiates the version in
 * its body. Throws RpcError 400.
 */
export function checkProtocolVersion({ headers, body }: FastifyRequest): void {
  const protocolVersion = headers['mcp-protocol-version']
  if (protocolVersion === undefined) return
  if (SUPPORTED_PROTOCOL_VERSIONS.includes(String(protocolVersion))) return
  const bodyItems: unknown[] = Array.isArray(body) ? body : [body]
  if (bodyItems.some((item) => isObject(item) && item['method'] === 'initialize')) return
  throw new RpcError(
    400,
    -32000,
    'Bad Request: Unsupported protocol version ' +
      `(supported versions: ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')})`,
    {
      ...supportedVersions,
      requested: String(protocolVersion).slice(0, 40)
    }
  )
}
