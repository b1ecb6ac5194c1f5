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
import { checkProtocolVersion, messagesOf, rewordError } from './messages.ts'
import { scopedMethods } from './resources.ts'
import { createMcpServer } from './server.ts'
import { checkSessionId, issueSessionId } from './session-id.ts'

/** A transport for the messages of a single POST: requests go in, their answers come out. */
class PostTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void
  onclose?: () => void
  readonly #waitingAnswers = new Map<string | number, (answer: JSONRPCMessage) => void>()

  async start(): Promise<void> {}

  async send(message: JSONRPCMessage): Promise<void> {
    if ('id' in message && !('method' in message)) {
      this.#waitingAnswers.get(message.id!)?.(rewordError(message))
    }
  }

  async close(): Promise<void> {
    this.onclose?.()
  }

  answer(message: JSONRPCMessage): Promise<JSONRPCMessage> | undefined {
    // The SDK never answers a cancelled request, and the POST would wait for it.
    if (isJSONRPCNotification(message) && message.method === 'notifications/cancelled') return
    const pendingAnswer = isJSONRPCRequest(message)
      ? new Promise<JSONRPCMessage>((resolve) => this.#waitingAnswers.set(message.id, resolve))
      : undefined
    this.onmessage?.(message)
    return pendingAnswer
  }
}

/** Answers a POST of Streamable HTTP (2025-03-26 to 2025-11-25): stateless, as JSON. */
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

  const postTransport = new PostTransport()
  const mcpServer = createMcpServer(app, request, () => credential)
  await mcpServer.connect(postTransport)
  try {
    const answers = (
      await Promise.all(messages.map((message) => postTransport.answer(message)))
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
    await mcpServer.close()
  }
}

/** Only calls of tools with large values may have a large body. Throws RpcError 413. */
export function refuseLargeBody({ bodyBytes }: FastifyRequest, messages: JSONRPCMessage[]): void {
  if (bodyBytes <= ORDINARY_BYTES) return
  const byteLimits = messages.map((message) => {
    if (!isJSONRPCRequest(message) || message.method !== 'tools/call') return ORDINARY_BYTES
    const tool = findTool(String(message.params?.['name']))
    return tool ? inputLimitOf(tool) : ORDINARY_BYTES
  })
  const maxBytes = Math.max(...byteLimits)
  if (bodyBytes <= maxBytes) return
  throw new RpcError(
    413,
    -32600,
    `Invalid Request: the body may have up to ${maxBytes} bytes of JSON. Send less at once.`
  )
}

/** Throws BearerError 403 when a request for more scope can help. */
export function requireScopeOf(message: JSONRPCMessage, credential: Credential): void {
  if (!isJSONRPCRequest(message)) return
  const protectedAction =
    message.method === 'tools/call'
      ? findTool(String((message as JSONRPCRequest).params?.name))
      : scopedMethods.get(message.method)
  if (protectedAction) requireScope(protectedAction, credential)
}
