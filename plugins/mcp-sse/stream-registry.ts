import type { FastifyInstance, FastifyReply } from 'fastify'
import { RpcError } from '../../lib/errors.ts'
import type { ToolList } from '../../db/schema/index.ts'
import { toolsFor } from '../../tools/index.ts'
import { type Credential, listValidCredentials } from '../auth/index.ts'
import { findToolList } from '../tool-calls/index.ts'
import { type EventBody, eventStreamHeaders } from './event-body.ts'

const KEEP_ALIVE_MS = 15_000
const REVOCATION_CHECK_MS = 2_000
const MAX_STREAMS_PER_USER = 200
/** How long a client may read the rest of an ended stream. */
const LAST_READ_MS = 1500

/** A list whose changes clients may be told of. */
export type ListKind = 'tools' | 'prompts' | 'resources'

/** An answer that stays open, of any revision. */
export interface OpenStream {
  readonly body: EventBody
  credential: Credential
  /** Tells the client that a list changed, if it wants to know. */
  announce: (kind: ListKind) => void
  /** Sends what a stream says at its end. */
  farewell?: () => void
  /** Runs once when the stream has ended, whoever ended it. */
  onEnd?: () => void
}

/** What the registry knows of a stream. */
interface StreamEntry {
  reply: FastifyReply
  userId: string
  /** What decides about the client's list of tools, beside what the person chose. */
  listState: string
  /** What the person chose; undefined until it was looked up. */
  toolList: ToolList | null | undefined
}

/**
 * The open streams of this process. They get keep-alive comments, end with their credential, and
 * drain at shutdown.
 */
export class StreamRegistry {
  readonly #app: FastifyInstance
  readonly #entries = new Map<OpenStream, StreamEntry>()
  readonly #userCounts = new Map<string, number>()
  #isClosing = false

  constructor(app: FastifyInstance) {
    this.#app = app
    const keepAlive = setInterval(() => this.#keepAlive(), KEEP_ALIVE_MS)
    const revocationCheck = setInterval(() => void this.#checkCredentials(), REVOCATION_CHECK_MS)
    // preClose runs while connections are open. Without it close() would wait for them forever.
    app.addHook('preClose', async () => {
      this.#isClosing = true
      clearInterval(keepAlive)
      clearInterval(revocationCheck)
      for (const stream of this.#entries.keys()) this.end(stream)
    })
  }

  /**
   * Throws RpcError 429 when the person has too many open streams, and 503 while the service ends.
   * `code` is the JSON-RPC code of both.
   */
  requireFreePlace({ principal }: Credential, code: number): void {
    if (this.#isClosing) {
      throw new RpcError(503, code, 'The service is shutting down. Try again in a moment.')
    }
    if ((this.#userCounts.get(principal.user_id) ?? 0) < MAX_STREAMS_PER_USER) return
    throw new RpcError(
      429,
      code,
      'This user has too many open streams. Close some, or use Streamable HTTP (POST).'
    )
  }

  /**
   * Answers with the stream, which counts from now until it ends. `toolList`: what findChoice
   * found; without it, it is looked up behind the answer.
   */
  send(reply: FastifyReply, stream: OpenStream, toolList?: StreamEntry['toolList']): FastifyReply {
    const { credential, body } = stream
    const userId = credential.principal.user_id
    const listState = this.#listState(credential)
    const entry: StreamEntry = { reply, userId, listState, toolList }
    this.#entries.set(stream, entry)
    if (toolList === undefined) void this.#lookUpChoice(entry, credential)
    this.#userCounts.set(userId, (this.#userCounts.get(userId) ?? 0) + 1)
    body.stream.once('close', () => this.#remove(stream))
    return reply.headers(eventStreamHeaders).type('text/event-stream').send(body.stream)
  }

  /** Ends the stream from the side of the server. */
  end(stream: OpenStream): void {
    const entry = this.#entries.get(stream)
    if (!entry) return
    stream.farewell?.()
    stream.body.end()
    this.#remove(stream)
    // The response of a client that does not read would never end by itself.
    setTimeout(() => entry.reply.raw.destroy(), LAST_READ_MS).unref()
  }

  /**
   * The list of tools that the person chose for the client, null for none. It is undefined after a
   * failure, which is fine: the next check of credentials looks it up, too.
   */
  async findChoice({ principal }: Credential): Promise<ToolList | null | undefined> {
    try {
      return await findToolList(this.#app.db, principal)
    } catch (error) {
      this.#app.log.error(error, 'tool list of a stream')
      return undefined
    }
  }

  /** Tells every open stream that a list changed. */
  announce(kind: ListKind): void {
    for (const stream of this.#entries.keys()) stream.announce(kind)
  }

  #remove(stream: OpenStream): void {
    const entry = this.#entries.get(stream)
    if (!entry) return
    this.#entries.delete(stream)
    const streamCount = this.#userCounts.get(entry.userId)! - 1
    if (streamCount === 0) this.#userCounts.delete(entry.userId)
    else this.#userCounts.set(entry.userId, streamCount)
    stream.onEnd?.()
  }

  #keepAlive(): void {
    for (const { body } of this.#entries.keys()) body.comment('keepalive')
  }

  /** Ends revoked streams by one query, so that a revocation on any node counts in seconds. */
  async #checkCredentials(): Promise<void> {
    if (this.#entries.size === 0) return
    const checkedStreams = [...this.#entries.keys()] // without streams that open meanwhile
    try {
      const liveCredentials = await listValidCredentials(
        this.#app.db,
        checkedStreams.map(({ credential }) => credential)
      )
      for (const stream of checkedStreams) {
        const credential = liveCredentials.get(stream.credential.id)
        if (!credential) this.end(stream)
        else this.#renew(stream, credential)
      }
    } catch (error) {
      this.#app.log.error(error, 'revocation check')
    }
  }

  async #lookUpChoice(entry: StreamEntry, credential: Credential): Promise<void> {
    const toolList = await this.findChoice(credential)
    if (entry.toolList === undefined) entry.toolList = toolList
  }

  /**
   * Tells the client when scope, limits, role, registration, providers or the person's choice
   * changed its tools: clients list their tools only once.
   */
  #renew(stream: OpenStream, credential: Credential): void {
    const entry = this.#entries.get(stream)
    if (!entry) return
    const { listState: formerState, toolList: formerList } = entry
    stream.credential = credential
    entry.listState = this.#listState(credential)
    entry.toolList = credential.toolList ?? null
    const isSameList = formerList === undefined || formerList === entry.toolList
    if (entry.listState !== formerState || !isSameList) stream.announce('tools')
  }

  #listState({ principal }: Credential): string {
    const names = toolsFor(principal, this.#app.web.providers).map(({ name }) => name)
    return [...names, principal.scope, ...(principal.namespaces ?? [])].join()
  }
}
