import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RpcError } from '../../lib/errors.ts'
import { toolsFor } from '../../tools/index.ts'
import { type Credential, listValidCredentials } from '../auth/index.ts'
import { EventStream } from './event-stream.ts'
import { messagesOf } from './messages.ts'
import { createMcpServer } from './server.ts'
import { refuseLargeBody, requireScopeOf } from './streamable-http.ts'

const KEEP_ALIVE_MS = 15_000
const REVOCATION_CHECK_MS = 2_000
const MAX_STREAMS_PER_USER = 200
/** How long a client may read the rest of an ended stream. */
const LAST_READ_MS = 1500

export interface Streams {
  /** Answers the GET with a stream. Throws RpcError 429 or 503. */
  open: (
    request: FastifyRequest,
    reply: FastifyReply,
    credential: Credential
  ) => Promise<FastifyReply>
  /** Takes the messages of a POST, whose answers come on the stream. Throws RpcError 404. */
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
  let isClosing = false
  const keepAlive = setInterval(
    () => openById.forEach((stream) => stream.comment('keepalive')),
    KEEP_ALIVE_MS
  )
  const revocationCheck = setInterval(() => {
    void endRevoked(app, openById)
  }, REVOCATION_CHECK_MS)
  // preClose runs while connections are open. Without it close() would wait for them forever.
  app.addHook('preClose', async () => {
    isClosing = true
    clearInterval(keepAlive)
    clearInterval(revocationCheck)
    await Promise.all([...openById.values()].map((stream) => stream.close()))
  })

  const postCredential = new AsyncLocalStorage<Credential>()
  const receive = messageReceiver(openById, postCredential)
  const open = streamOpener(app, openById, postCredential)
  return {
    receive,
    async open(request, reply, credential) {
      if (!isClosing) return open(request, reply, credential)
      throw new RpcError(503, -32000, 'The service is shutting down. Try again in a moment.')
    }
  }
}

type OpenStreams = Map<string, EventStream>

/**
 * `postCredential`: the credential of the POST that the server answers. It counts instead of that
 * of the stream.
 */
function streamOpener(
  app: FastifyInstance,
  openById: OpenStreams,
  postCredential: AsyncLocalStorage<Credential>
): Streams['open'] {
  return async (request, reply, credential) => {
    requireFreePlace(openById, credential)
    const stream = new EventStream(credential, toolNamesFor(app, credential))
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
  }
}

function requireFreePlace(openById: OpenStreams, { principal }: Credential): void {
  const userStreams = [...openById.values()].filter(
    (stream) => stream.credential.principal.user_id === principal.user_id
  )
  if (userStreams.length < MAX_STREAMS_PER_USER) return
  throw new RpcError(
    429,
    -32000,
    'This user has too many open streams. Close some, or use Streamable HTTP (POST).'
  )
}

function messageReceiver(
  openById: OpenStreams,
  postCredential: AsyncLocalStorage<Credential>
): Streams['receive'] {
  return async (request, reply, credential, sessionId) => {
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

/** Ends revoked streams by one query, so that a revocation on any node counts in seconds. */
async function endRevoked(app: FastifyInstance, openById: OpenStreams): Promise<void> {
  if (openById.size === 0) return
  const checkedStreams = [...openById.values()] // without streams that open meanwhile
  try {
    const liveCredentials = await listValidCredentials(
      app.db,
      checkedStreams.map(({ credential }) => credential)
    )
    for (const stream of checkedStreams) {
      const credential = liveCredentials.get(stream.credential.id)
      if (!credential) await stream.close()
      else if (renewCredential(app, stream, credential) && openById.has(stream.sessionId)) {
        await stream.server?.sendToolListChanged()
      }
    }
  } catch (error) {
    app.log.error(error, 'revocation check')
  }
}

/**
 * Whether to notify the client, because scope, limits, role, registration or providers changed its
 * tools: clients list their tools only once. False before the client introduced itself.
 */
function renewCredential(
  app: FastifyInstance,
  stream: EventStream,
  credential: Credential
): boolean {
  const formerNames = stream.toolNames
  stream.credential = credential
  stream.toolNames = toolNamesFor(app, credential)
  return formerNames !== stream.toolNames && stream.server?.getClientVersion() !== undefined
}

function toolNamesFor(app: FastifyInstance, { principal }: Credential): string {
  const names = toolsFor(principal, app.web.providers).map(({ name }) => name)
  return [...names, ...(principal.namespaces ?? [])].join()
}
