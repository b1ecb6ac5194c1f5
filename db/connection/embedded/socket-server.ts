import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'
import { BackendState, FrontendFrames, readStatementLimit } from './wire.ts'

/**
 * A connection that is idle in a transaction for this long is closed, because all others wait for
 * it.
 */
const IDLE_IN_TRANSACTION_MS = 20_000
const MAX_CONNECTIONS = 100

/**
 * After these messages the client waits for an answer: Query, Sync and Flush. The embedded database
 * supports no COPY from a client.
 */
const lastOfUnit = new Set(['Q', 'S', 'H'])

interface MessageUnit {
  client: SocketClient
  messages: Buffer[]
}

interface SocketClient {
  socket: Socket
  /** Whether the client lifted the time limit of its statements. */
  unlimited: boolean
  /** Messages of the unit that is not complete yet. */
  arriving: Buffer[]
}

/**
 * Lets many clients share the one session of an embedded database. All messages of a client up to a
 * Sync run together, and so does a transaction. Messages of two clients never mix: they share the
 * unnamed statement, and one could bind its values to the statement of the other.
 */
export class SocketServer {
  readonly #database: PGlite
  readonly #server: Server
  readonly #busySince: BigInt64Array | undefined
  readonly #clients = new Set<SocketClient>()
  readonly #queue: MessageUnit[] = []
  /** The client inside a transaction; no other client runs meanwhile. */
  #owner: SocketClient | undefined
  #idle: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  /** `busySince` receives the start time of the running statements, or 0. */
  constructor(database: PGlite, busySince?: BigInt64Array) {
    this.#database = database
    this.#busySince = busySince
    this.#server = createServer((socket) => this.#attach(socket))
    this.#server.maxConnections = MAX_CONNECTIONS
  }

  /** Listens on a Unix socket. */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#server.once('error', reject).listen(path, resolve)
    )
  }

  /**
   * Accepts no more connections, lets running statements finish, and closes all connections.
   * Clients get `drainMs` to disconnect themselves.
   */
  async close(drainMs = 0): Promise<void> {
    this.#server.close()
    for (const drainEnd = Date.now() + drainMs; this.#clients.size > 0 && Date.now() < drainEnd;) {
      await sleep(50)
    }
    this.#queue.length = 0
    await this.#running
    for (const { socket } of this.#clients) socket.destroy()
  }

  #attach(socket: Socket): void {
    const attachedClient: SocketClient = { socket, unlimited: false, arriving: [] }
    const frontendFrames = new FrontendFrames()
    this.#clients.add(attachedClient)
    socket.on('data', (chunk) => {
      for (const frame of frontendFrames.push(chunk)) {
        if (frame.kind === 'encryption') {
          socket.write('N') // no encryption: only the owner can open the socket
        } else if (frame.kind === 'cancel' || frame.type === 'X') {
          socket.end()
        } else {
          attachedClient.arriving.push(frame.bytes)
          if (frame.kind === 'startup' || lastOfUnit.has(frame.type)) {
            this.#enqueue({ client: attachedClient, messages: attachedClient.arriving.splice(0) })
          }
        }
      }
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#detach(attachedClient))
  }

  #detach(client: SocketClient): void {
    this.#clients.delete(client)
    for (let queueIndex = this.#queue.length - 1; queueIndex >= 0; queueIndex--) {
      if (this.#queue[queueIndex]!.client === client) this.#queue.splice(queueIndex, 1)
    }
    this.#run()
  }

  #enqueue(unit: MessageUnit): void {
    this.#queue.push(unit)
    this.#run()
  }

  #run(): void {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
      // A unit may have arrived while this run ended.
      if (this.#ownerLeft() || this.#next(false)) this.#run()
    })
  }

  async #work(): Promise<void> {
    for (;;) {
      if (this.#ownerLeft()) await this.#rollBack()
      const nextUnit = this.#next(true)
      if (!nextUnit) break
      this.#forgetIdle()
      await this.#execute(nextUnit)
    }
    const { socket } = this.#owner ?? {}
    // Units of other clients do not restart the timer.
    if (socket) this.#idle ??= setTimeout(() => socket.destroy(), IDLE_IN_TRANSACTION_MS)
  }

  #ownerLeft(): boolean {
    return this.#owner !== undefined && !this.#clients.has(this.#owner)
  }

  #next(take: boolean): MessageUnit | undefined {
    const queueIndex = this.#owner
      ? this.#queue.findIndex(({ client }) => client === this.#owner)
      : 0
    return take
      ? this.#queue.splice(queueIndex, queueIndex < 0 ? 0 : 1)[0]
      : this.#queue[queueIndex]
  }

  #forgetIdle(): void {
    clearTimeout(this.#idle)
    this.#idle = undefined
  }

  async #rollBack(): Promise<void> {
    this.#owner = undefined
    this.#forgetIdle()
    await this.#database.exec('rollback')
  }

  async #execute({ client, messages }: MessageUnit): Promise<void> {
    const backendState = new BackendState()
    for (const message of messages) {
      const statementLimit = readStatementLimit(message)
      if (statementLimit) client.unlimited = statementLimit === 'none'
    }
    try {
      this.#noteBusySince(client.unlimited ? 0 : Date.now())
      await this.#database.runExclusive(async () => {
        for (const message of messages) {
          await this.#database.execProtocolRawStream(new Uint8Array(message), {
            onRawData: (data) => {
              backendState.push(data)
              if (client.socket.writable) client.socket.write(Buffer.from(data))
            }
          })
        }
      })
      this.#owner = backendState.ready === 'I' ? undefined : client
    } catch {
      this.#owner = client // the state is unknown: close the connection, roll its transaction back
      client.socket.destroy()
      this.#clients.delete(client)
    } finally {
      this.#noteBusySince(0)
    }
  }

  #noteBusySince(time: number): void {
    if (this.#busySince) Atomics.store(this.#busySince, 0, BigInt(time))
  }
}
