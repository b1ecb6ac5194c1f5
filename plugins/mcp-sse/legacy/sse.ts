import type { FastifyReply, FastifyRequest } from 'fastify'
import { RpcError } from '../../../lib/errors.ts'
import { newSecret } from '../../../lib/secrets.ts'
import type { Credential } from '../../auth/index.ts'
import { Canceller } from '../../tool-calls/index.ts'
import { EventBody } from '../event-body.ts'
import { notificationText, type RpcId, type RpcMessage, type RpcRequest } from '../messages.ts'
import type { ClientTraits, McpService } from '../methods/method-call.ts'
import { requireKnownTools } from '../methods/tools.ts'
import { refuseLargeBody, requireScopeOf } from '../request-checks.ts'
import type { ListKind, OpenStream } from '../stream-registry.ts'
import { answerRequest } from './answer.ts'
import { messagesBefore } from './exchange.ts'
import { introducedClient } from './initialize.ts'
import { messagesOf } from './messages.ts'

/**
 * The stream of 2024-11-05. The server sends on the GET; the client posts to the address in the
 * first event.
 */
class SseStream implements OpenStream {
  readonly sessionId = newSecret()
  readonly body = new EventBody()
  credential: Credential
  /** The request that opened the stream: its URL chooses the tools. */
  readonly request: FastifyRequest
  /** What the client said about itself; undefined before `initialize`. */
  client: ClientTraits | undefined
  readonly running = new Map<RpcId, Canceller>()
  readonly onEnd: () => void

  constructor(request: FastifyRequest, credential: Credential, onEnd: (id: string) => void) {
    this.request = request
    this.credential = credential
    this.onEnd = () => {
      onEnd(this.sessionId)
      for (const canceller of this.running.values()) canceller.cancel()
    }
  }

  announce(kind: ListKind): void {
    if (this.client) this.body.message(notificationText(`notifications/${kind}/list_changed`))
  }
}

/** Both ends of HTTP+SSE: the GET that opens a stream, and the POSTs of its client. */
export class SseTransport {
  readonly #mcp: McpService
  readonly #streams = new Map<string, SseStream>()

  constructor(mcp: McpService) {
    this.#mcp = mcp
  }

  /** Answers the GET with a stream. Throws RpcError 400, 429 or 503. */
  open(request: FastifyRequest, reply: FastifyReply, credential: Credential): FastifyReply {
    const { streams } = this.#mcp
    streams.requireFreePlace(credential, -32000)
    requireKnownTools(request.url)
    const stream = new SseStream(request, credential, (id) => this.#streams.delete(id))
    this.#streams.set(stream.sessionId, stream)
    stream.body.event('endpoint', `/api/v1/mcp/messages?sessionId=${stream.sessionId}`)
    return streams.send(reply, stream)
  }

  /** Takes the messages of a POST, whose answers come on the stream. Throws RpcError 404. */
  receive(
    request: FastifyRequest,
    reply: FastifyReply,
    credential: Credential,
    sessionId: string
  ): FastifyReply {
    const stream = this.#streams.get(sessionId)
    if (!stream || stream.credential.principal.user_id !== credential.principal.user_id) {
      throw new RpcError(404, -32001, 'Session not found; open the stream again.')
    }
    const messages = messagesOf(request.body)
    refuseLargeBody(request, messages)
    for (const message of messages) requireScopeOf(message, credential)
    for (const message of messages) this.#take(stream, message, credential)
    return reply.status(202).type('text/plain').send('Accepted')
  }

  #take(stream: SseStream, message: RpcMessage, credential: Credential): void {
    if (message.kind === 'request') void this.#answer(stream, message, credential)
    else if (message.kind === 'notification' && message.method === 'notifications/cancelled') {
      stream.running.get(message.params['requestId'] as RpcId)?.cancel()
    }
  }

  /** The credential of the POST counts, not that of the stream. */
  async #answer(stream: SseStream, message: RpcRequest, credential: Credential): Promise<void> {
    if (message.method === 'initialize') stream.client = introducedClient(message.params)
    const canceller = new Canceller()
    let isDone = false
    stream.running.set(message.id, canceller)
    const exchange = messagesBefore(this.#mcp, message.params, (json) => {
      if (!isDone && !canceller.isCancelled) stream.body.message(json)
    })
    const answer = await answerRequest(message, {
      mcp: this.#mcp,
      request: stream.request,
      credential,
      client: stream.client ?? {},
      exchange: { ...exchange, canceller }
    })
    isDone = true
    if (stream.running.get(message.id) === canceller) stream.running.delete(message.id)
    if (!canceller.isCancelled) stream.body.message(answer)
  }
}
