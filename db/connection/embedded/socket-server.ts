import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'
import { BackendState, FrontendFrames, statementLimitOf } from './wire.ts'

/**
 * A connection that leaves a transaction open this long is ended, because all others wait for it.
 */
const IDLE_IN_TRANSACTION_MS = 20_000
const MAX_CONNECTIONS = 100

/**
 * After these the client waits for an answer: simple query, Sync and Flush. (COPY from a client is
 * beyond the embedded database.)
 */
const lastOfUnit = new Set(['Q', 'S', 'H'])

interface Unit {
  client: Client
  messages: Buffer[]
}

interface Client {
  socket: Socket
  /** Its statements may take as long as they need: it has said so, and not taken it back. */
  unlimited: boolean
  /** Messages of the unit that is still arriving. */
  arriving: Buffer[]
}

/**
 * Lets many clients share the one session of an embedded database. What one of them sends up to a
 * Sync runs as a whole, and a transaction as a whole: messages of two clients never mix, or one
 * would bind its values to the other's statement (they share the unnamed one).
 */
export class SocketServer {
  readonly #database: PGlite
  readonly #server: Server
  readonly #busySince: BigInt64Array | undefined
  readonly #clients = new Set<Client>()
  readonly #queue: Unit[] = []
  /** Who is inside a transaction: nobody else's turn. */
  #owner: Client | undefined
  #idle: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  /** `busySince`: where it is written since when the running statements run, 0 for none. */
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
   * Takes no more, lets what runs finish, and ends all connections; those that are open get
   * `drainMs` to end by themselves.
   */
  async close(drainMs = 0): Promise<void> {
    this.#server.close()
    for (const end = Date.now() + drainMs; this.#clients.size > 0 && Date.now() < end;) {
      await sleep(50)
    }
    this.#queue.length = 0
    await this.#running
    for (const { socket } of this.#clients) socket.destroy()
  }

  #attach(socket: Socket): void {
    const client: Client = { socket, unlimited: false, arriving: [] }
    const frames = new FrontendFrames()
    this.#clients.add(client)
    socket.on('data', (chunk) => {
      for (const frame of frames.push(chunk)) {
        if (frame.kind === 'encryption') {
          socket.write('N')
        } // none, on a socket of the owner's
        else if (frame.kind === 'cancel' || frame.type === 'X') socket.end()
        else {
          client.arriving.push(frame.bytes)
          if (frame.kind === 'startup' || lastOfUnit.has(frame.type)) {
            this.#enqueue({ client, messages: client.arriving.splice(0) })
          }
        }
      }
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#detach(client))
  }

  #detach(client: Client): void {
    this.#clients.delete(client)
    for (let at = this.#queue.length - 1; at >= 0; at--) {
      if (this.#queue[at]!.client === client) this.#queue.splice(at, 1)
    }
    this.#run()
  }

  #enqueue(unit: Unit): void {
    this.#queue.push(unit)
    this.#run()
  }

  #run(): void {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
      if (this.#ownerLeft() || this.#next(false)) this.#run() // it came while the last one ended
    })
  }

  async #work(): Promise<void> {
    for (;;) {
      if (this.#ownerLeft()) await this.#rollBack()
      const unit = this.#next(true)
      if (!unit) break
      this.#forgetIdle()
      await this.#execute(unit)
    }
    const { socket } = this.#owner ?? {}
    if (socket) this.#idle ??= setTimeout(() => socket.destroy(), IDLE_IN_TRANSACTION_MS) // those who wait do not prolong it
  }

  #ownerLeft(): boolean {
    return this.#owner !== undefined && !this.#clients.has(this.#owner)
  }

  #next(take: boolean): Unit | undefined {
    const at = this.#owner ? this.#queue.findIndex(({ client }) => client === this.#owner) : 0
    return take ? this.#queue.splice(at, at < 0 ? 0 : 1)[0] : this.#queue[at]
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

  async #execute({ client, messages }: Unit): Promise<void> {
    const state = new BackendState()
    for (const message of messages) {
      const limit = statementLimitOf(message)
      if (limit) client.unlimited = limit === 'none'
    }
    try {
      this.#noteBusySince(client.unlimited ? 0 : Date.now())
      await this.#database.runExclusive(async () => {
        for (const message of messages) {
          await this.#database.execProtocolRawStream(new Uint8Array(message), {
            onRawData: (data) => {
              state.push(data)
              if (client.socket.writable) client.socket.write(Buffer.from(data))
            }
          })
        }
      })
      this.#owner = state.ready === 'I' ? undefined : client
    } catch {
      this.#owner = client // unknown state: end the connection, and roll back what it had open
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
