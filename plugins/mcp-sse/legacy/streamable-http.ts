import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Credential } from '../../auth/index.ts'
import type { RpcMessage, RpcRequest } from '../messages.ts'
import type { Exchange } from '../methods/exchange.ts'
import type { McpService } from '../methods/method-call.ts'
import { requireKnownTools } from '../methods/tools.ts'
import { PostAnswer, sendJson } from '../post-answer.ts'
import { refuseLargeBody, requireScopeOf } from '../request-checks.ts'
import { issueSessionId, readSessionId } from '../session-id.ts'
import { answerRequest } from './answer.ts'
import { messagesBefore } from './exchange.ts'
import { introducedClient } from './initialize.ts'
import { checkProtocolVersion, messagesOf } from './messages.ts'

/** Answers a POST of Streamable HTTP (2025-03-26 to 2025-11-25), without state. */
export async function answerPost(
  mcp: McpService,
  request: FastifyRequest,
  reply: FastifyReply,
  credential: Credential
): Promise<FastifyReply> {
  const userId = credential.principal.user_id
  const client = readSessionId(mcp.app, request, userId)
  checkProtocolVersion(request)
  requireKnownTools(request.url)
  const messages = messagesOf(request.body)
  refuseLargeBody(request, messages)
  for (const message of messages) requireScopeOf(message, credential)

  const requests = messages.filter(isRequest)
  if (requests.length === 0) return reply.status(202).send()
  const introducing = requests.find(({ method }) => method === 'initialize')
  if (introducing) {
    const introduced = introducedClient(introducing.params)
    reply.header('mcp-session-id', issueSessionId(mcp.app, userId, introduced))
  }
  const answerOf = (message: RpcRequest, exchange: Exchange) =>
    answerRequest(message, { mcp, request, credential, client, exchange })
  if (Array.isArray(request.body)) {
    const answers = await Promise.all(requests.map((message) => answerOf(message, {})))
    return sendJson(reply, { statusCode: 200, json: `[${answers.join(',')}]` })
  }
  const [message] = requests as [RpcRequest]
  if (!takesMessages(request)) {
    return sendJson(reply, { statusCode: 200, json: await answerOf(message, {}) })
  }
  const postAnswer = new PostAnswer()
  const exchange = messagesBefore(mcp, message.params, (json) => postAnswer.notify(json))
  const work = answerOf(message, exchange).then((json) => ({ statusCode: 200, json }))
  return postAnswer.send(reply, work, Boolean(exchange.progress ?? exchange.log))
}

function isRequest(message: RpcMessage): message is RpcRequest {
  return message.kind === 'request'
}

function takesMessages({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/event-stream') === true
}
