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
import { messagesOf, rewordError } from './messages.ts'
import { createMcpServer } from './server.ts'
import { refuseLargeBody, requireScopeOf } from './streamable-http.ts'

const KEEP_ALIVE_MS = 15_000
const REVOCATION_CHECK_MS = 2_000
const MAX_STREAMS_PER_USER = 200
/** Unread bytes of a stream. A client that leaves more unread and sends requests loses its stream. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024
/** How long a client may read the rest of an ended stream. */
const LAST_READ_MS = 1500

/**
 * The stream of 2024-11-05. The server sends on the GET; the client posts to the address in the
 * first event.
 */
class EventStream implements Transport {
  readonly sessionId = newSecret()
  readonly body = new PassThrough()
  credential: Credential
  /** Names of the tools that the credential lists. */
  toolNames: string
  /** The protocol server of the stream, set when the stream opens. */
  server: Server | undefined
  onmessage?: (message: JSONRPCMessage) => void
  onclose?: () => void

  constructor(credential: Credential, toolNames: string) {
    this.credential = credential
    this.toolNames = toolNames
  }

  async start(): Promise<void> {
    this.#writeEvent('endpoint', `/api/v1/mcp/messages?sessionId=${this.sessionId}`)
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#writeEvent('message', JSON.stringify(rewordError(message)))
  }

  async close(): Promise<void> {
    this.body.end()
    this.onclose?.()
  }

  comment(text: string): void {
    this.#put(`: ${text}\n\n`)
  }

  #writeEvent(event: string, data: string): void {
    this.#put(`event: ${event}\ndata: ${data}\n\n`)
  }

  #put(text: string): void {
    if (this.body.writableEnded || this.body.destroyed) return
    if (this.body.writableLength > MAX_UNREAD_BYTES) this.body.destroy()
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
 * The open streams of this process. They get keep-alive comments, end with their credential, and
 * drain at shutdown.
 */
export function openStreams(app: FastifyInstance): Streams {
  const openById = new Map<string, EventStream>()
  /** The credential of the POST that the server answers; it counts, not that of the stream. */
  const postCredential = new AsyncLocalStorage<Credential>()
  let isClosing = false

  const keepAlive = setInterval(
    () => openById.forEach((stream) => stream.comment('keepalive')),
    KEEP_ALIVE_MS
  )
  const revocationCheck = setInterval(() => {
    void endRevoked()
  }, REVOCATION_CHECK_MS)
  // preClose runs while connections are open. Without it close() would wait for the streams forever.
  app.addHook('preClose', async () => {
    isClosing = true
    clearInterval(keepAlive)
    clearInterval(revocationCheck)
    await Promise.all([...openById.values()].map((stream) => stream.close()))
  })

  /** Ends revoked streams by one query, so that a revocation on any node counts in seconds. */
  async function endRevoked(): Promise<void> {
    if (openById.size === 0) return
    const checkedStreams = [...openById.values()] // without streams that open meanwhile
    try {
      const liveCredentials = await listValidCredentials(
        app.db,
        checkedStreams.map(({ credential }) => credential)
      )
      for (const stream of checkedStreams) {
        const credential = liveCredentials.get(stream.credential.id)
        if (credential) await renewCredential(stream, credential)
        else await stream.close()
      }
    } catch (error) {
      app.log.error(error, 'revocation check')
    }
  }

  /**
   * Notifies the client when scope, role, registration or providers change its tools, since clients
   * list their tools only once.
   */
  async function renewCredential(stream: EventStream, credential: Credential): Promise<void> {
    const formerNames = stream.toolNames
    stream.credential = credential
    stream.toolNames = toolNamesFor(credential)
    if (
      formerNames !== stream.toolNames &&
      stream.server?.getClientVersion() &&
      openById.has(stream.sessionId)
    ) {
      await stream.server.sendToolListChanged()
    }
  }

  function toolNamesFor({ principal }: Credential): string {
    return toolsFor(principal, app.web.providers)
      .map(({ name }) => name)
      .join()
  }

  return {
    async open(request, reply, credential) {
      if (isClosing) {
        throw new RpcError(503, -32000, 'The service is shutting down. Try again in a moment.')
      }
      const { user_id: userId } = credential.principal
      if (
        [...openById.values()].filter((stream) => stream.credential.principal.user_id === userId)
          .length >= MAX_STREAMS_PER_USER
      ) {
        throw new RpcError(
          429,
          -32000,
          'This user has too many open streams. Close some, or use Streamable HTTP (POST).'
        )
      }
      const stream = new EventStream(credential, toolNamesFor(credential))
      const mcpServer = createMcpServer(
        app,
        request,
        () => postCredential.getStore() ?? stream.credential
      )
      stream.server = mcpServer
      openById.set(stream.sessionId, stream)
      stream.onclose = () => {
        openById.delete(stream.sessionId)
        // The response of a client that does not read would never end by itself.
        setTimeout(() => reply.raw.destroy(), LAST_READ_MS).unref()
      }
      stream.body.once('close', () => {
        void mcpServer.close()
      })
      await mcpServer.connect(stream)
      return reply
        .headers({ 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' })
        .type('text/event-stream')
        .send(stream.body)
    },

    async receive(request, reply, credential, sessionId) {
      const stream = openById.get(sessionId)
      if (!stream || stream.credential.principal.user_id !== credential.principal.user_id) {
        throw new RpcError(404, -32001, 'Session not found; open the stream again.')
      }
      const messages = messagesOf(request.body)
      refuseLargeBody(request, messages)
      for (const message of messages) {
        requireScopeOf(message, credential)
        postCredential.run(credential, () => stream.onmessage?.(message))
      }
      return reply.status(202).type('text/plain').send('Accepted')
    }
  }
}
