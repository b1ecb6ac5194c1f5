import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  isInitializeRequest,
  isJSONRPCNotification,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCRequest
} from '@modelcontextprotocol/sdk/types.js'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findTool } from '../../tools/index.ts'
import { inputLimitOf, ORDINARY_BYTES } from '../../tools/input-size.ts'
import type { Credential } from '../auth/index.ts'
import { RpcError } from '../../lib/errors.ts'
import { requireScope } from '../tool-calls/index.ts'
import { checkProtocolVersion, messagesOf, withoutDump } from './messages.ts'
import { readings } from './resources.ts'
import { mcpServer } from './server.ts'
import { checkSessionId, issueSessionId } from './session-id.ts'

/** A transport for what came in one POST: requests go in, their answers come out. */
class OneRequest implements Transport {
  onmessage?: (message: JSONRPCMessage) => void
  onclose?: () => void
  readonly #waiting = new Map<string | number, (answer: JSONRPCMessage) => void>()

  async start(): Promise<void> {}

  async send(message: JSONRPCMessage): Promise<void> {
    if ('id' in message && !('method' in message)) {
      this.#waiting.get(message.id!)?.(withoutDump(message))
    }
  }

  async close(): Promise<void> {
    this.onclose?.()
  }

  answer(message: JSONRPCMessage): Promise<JSONRPCMessage> | undefined {
    if (isJSONRPCNotification(message) && message.method === 'notifications/cancelled') return // what came at once need not be stopped, and a cancelled request is never answered
    const answered = isJSONRPCRequest(message)
      ? new Promise<JSONRPCMessage>((resolve) => this.#waiting.set(message.id, resolve))
      : undefined
    this.onmessage?.(message)
    return answered
  }
}

/** POST: Streamable HTTP of 2025-03-26 to 2025-11-25, stateless, answered as JSON. */
export async function answerPost(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  credential: Credential
): Promise<FastifyReply> {
  checkSessionId(app, request, credential.principal.user_id)
  checkProtocolVersion(request)
  const messages = messagesOf(request.body)
  refuseLargeBody(request, messages)
  for (const message of messages) requireScopeOf(message, credential)

  const transport = new OneRequest()
  const server = mcpServer(app, request, () => credential)
  await server.connect(transport)
  try {
    const answers = (
      await Promise.all(messages.map((message) => transport.answer(message)))
    ).filter((answer) => answer !== undefined)
    if (messages.some(isInitializeRequest)) {
      reply.header('mcp-session-id', issueSessionId(app, credential.principal.user_id))
    }
    if (answers.length === 0) return reply.status(202).send()
    return reply
      .header('cache-control', 'no-store')
      .type('application/json')
      .send(Array.isArray(request.body) ? answers : answers[0])
  } finally {
    await server.close()
  }
}

/** Only calls of tools that take large values may be large. Throws RpcError 413. */
export function refuseLargeBody({ bodyBytes }: FastifyRequest, messages: JSONRPCMessage[]): void {
  if (bodyBytes <= ORDINARY_BYTES) return
  const limits = messages.map((message) => {
    if (!isJSONRPCRequest(message) || message.method !== 'tools/call') return ORDINARY_BYTES
    const tool = findTool(String(message.params?.['name']))
    return tool ? inputLimitOf(tool) : ORDINARY_BYTES
  })
  const limit = Math.max(...limits)
  if (bodyBytes <= limit) return
  throw new RpcError(
    413,
    -32600,
    `Invalid Request: this takes up to ${limit} bytes of JSON. Send less at once.`
  )
}

/** Throws BearerError 403 where asking for more scope can help. */
export function requireScopeOf(message: JSONRPCMessage, credential: Credential): void {
  if (!isJSONRPCRequest(message)) return
  const asked =
    message.method === 'tools/call'
      ? findTool(String((message as JSONRPCRequest).params?.name))
      : readings.get(message.method)
  if (asked) requireScope(asked, credential)
}
