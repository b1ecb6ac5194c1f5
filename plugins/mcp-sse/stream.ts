import { AsyncLocalStorage } from 'node:async_hooks'
import { PassThrough } from 'node:stream'
import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { newSecret } from '../../lib/secrets.ts'
import { toolsFor } from '../../tools/index.ts'
import { type Credential, listValidCredentials } from '../auth/index.ts'
import { RpcError } from '../../lib/errors.ts'
import { messagesOf, withoutDump } from './messages.ts'
import { mcpServer } from './server.ts'
import { refuseLargeBody, requireScopeOf } from './streamable-http.ts'

const KEEP_ALIVE_MS = 15_000
const REVOCATION_CHECK_MS = 2_000
const MAX_STREAMS_OF_ONE_USER = 200
/**
 * Bytes that wait for a client to read them; one that leaves more, and goes on asking, loses its
 * stream.
 */
const MAX_UNREAD = 4 * 1024 * 1024
/** How long a client may read what is left of a stream that has ended. */
const LAST_READ_MS = 1500

/**
 * The stream of 2024-11-05: the server speaks on the GET, the client on POSTs to the address that
 * it is told first.
 */
class EventStream implements Transport {
  readonly sessionId = newSecret()
  readonly body = new PassThrough()
  credential: Credential
  /** Names of what it may list. */
  tools: string
  /** Whom the client speaks to; set when the stream opens. */
  server: Server | undefined
  onmessage?: (message: JSONRPCMessage) => void
  onclose?: () => void

  constructor(credential: Credential, tools: string) {
    this.credential = credential
    this.tools = tools
  }

  async start(): Promise<void> {
    this.write('endpoint', `/api/v1/mcp/messages?sessionId=${this.sessionId}`)
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.write('message', JSON.stringify(withoutDump(message)))
  }

  async close(): Promise<void> {
    this.body.end()
    this.onclose?.()
  }

  comment(text: string): void {
    this.put(`: ${text}\n\n`)
  }

  private write(event: string, data: string): void {
    this.put(`event: ${event}\ndata: ${data}\n\n`)
  }

  private put(text: string): void {
    if (this.body.writableEnded || this.body.destroyed) return
    if (this.body.writableLength > MAX_UNREAD) this.body.destroy()
    else this.body.write(text)
  }
}

export interface Streams {
  open: (
    request: FastifyRequest,
    reply: FastifyReply,
    credential: Credential
  ) => Promise<FastifyReply>
  receive: (
    request: FastifyRequest,
    reply: FastifyReply,
    credential: Credential,
    sessionId: string
  ) => Promise<FastifyReply>
}

/**
 * All open streams of this process: kept alive, ended when their credential ends, drained at
 * shutdown.
 */
export function openStreams(app: FastifyInstance): Streams {
  const streams = new Map<string, EventStream>()
  /** By whose credential the message came that is being answered: it counts, not the stream's. */
  const posted = new AsyncLocalStorage<Credential>()
  let closing = false

  const keepAlive = setInterval(
    () => streams.forEach((stream) => stream.comment('keepalive')),
    KEEP_ALIVE_MS
  )
  const watch = setInterval(() => {
    void endRevoked()
  }, REVOCATION_CHECK_MS)
  // preClose runs while connections are still open; close() would wait for the streams for ever.
  app.addHook('preClose', async () => {
    closing = true
    clearInterval(keepAlive)
    clearInterval(watch)
    await Promise.all([...streams.values()].map((stream) => stream.close()))
  })

  /**
   * One query for all streams, so that a revocation by SQL on any node counts here within seconds.
   */
  async function endRevoked(): Promise<void> {
    if (streams.size === 0) return
    const checked = [...streams.values()] // a stream that opens meanwhile is not in the answer
    try {
      const live = await listValidCredentials(
        app.db,
        checked.map(({ credential }) => credential)
      )
      for (const stream of checked) {
        const credential = live.get(stream.credential.id)
        if (credential) await renew(stream, credential)
        else await stream.close()
      }
    } catch (error) {
      app.log.error(error, 'revocation check')
    }
  }

  /**
   * A client that asked once would not ask again: it is told when scope, role, registration or
   * providers change what it may list.
   */
  async function renew(stream: EventStream, credential: Credential): Promise<void> {
    const former = stream.tools
    stream.credential = credential
    stream.tools = namesFor(credential)
    if (
      former !== stream.tools &&
      stream.server?.getClientVersion() &&
      streams.has(stream.sessionId)
    ) {
      await stream.server.sendToolListChanged()
    }
  }

  function namesFor({ principal }: Credential): string {
    return toolsFor(principal, app.web.providers)
      .map(({ name }) => name)
      .join()
  }

  return {
    async open(request, reply, credential) {
      if (closing) throw new RpcError(503, -32000, 'The service is ending; try again in a moment.')
      const { user_id: userId } = credential.principal
      if (
        [...streams.values()].filter((stream) => stream.credential.principal.user_id === userId)
          .length >= MAX_STREAMS_OF_ONE_USER
      ) {
        throw new RpcError(
          429,
          -32000,
          'Too many open streams of one user; close some, or use Streamable HTTP (POST).'
        )
      }
      const stream = new EventStream(credential, namesFor(credential))
      const server = mcpServer(app, request, () => posted.getStore() ?? stream.credential)
      stream.server = server
      streams.set(stream.sessionId, stream)
      stream.onclose = () => {
        streams.delete(stream.sessionId)
        setTimeout(() => reply.raw.destroy(), LAST_READ_MS).unref() // of a client that does not read, this never ends by itself
      }
      stream.body.once('close', () => {
        void server.close()
      })
      await server.connect(stream)
      return reply
        .headers({ 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' })
        .type('text/event-stream')
        .send(stream.body)
    },

    async receive(request, reply, credential, sessionId) {
      const stream = streams.get(sessionId)
      if (!stream || stream.credential.principal.user_id !== credential.principal.user_id) {
        throw new RpcError(404, -32001, 'Session not found; open the stream again.')
      }
      const messages = messagesOf(request.body)
      refuseLargeBody(request, messages)
      for (const message of messages) {
        requireScopeOf(message, credential)
        posted.run(credential, () => stream.onmessage?.(message))
      }
      return reply.status(202).type('text/plain').send('Accepted')
    }
  }
}
