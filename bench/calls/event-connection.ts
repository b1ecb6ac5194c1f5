import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Connection } from '../oauth/load.ts'

/**
 * A client of HTTP+SSE with one stream and one kept connection for its posts. It reads no more than
 * the ends of the events.
 */
export class EventConnection {
  readonly #stream: Socket
  readonly #port: number
  /** Opened by the first call: an idle stream has no other connection. */
  #posts: Connection | undefined
  #read = ''
  #path = ''
  #onEvent: ((event: string) => void) | undefined

  private constructor(stream: Socket, port: number) {
    this.#stream = stream
    this.#port = port
    stream
      .setEncoding('latin1')
      .on('data', (text: string) => this.#take(text))
      .on('error', () => {}) // the server ends before its clients
  }

  /** Opens the stream, and waits for the address to post to. */
  static async open(port: number, path: string, token: string): Promise<EventConnection> {
    const stream = connect(port, '127.0.0.1')
    await once(stream, 'connect')
    const connection = new EventConnection(stream, port)
    const endpoint = connection.#nextEvent()
    stream.write(
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n` +
        `authorization: Bearer ${token}\r\n\r\n`
    )
    connection.#path = /data: (\S+)/.exec(await endpoint)![1]!
    return connection
  }

  /** Posts the message, and waits for its answer on the stream. */
  async call(headers: Record<string, string>, body: string): Promise<string> {
    this.#posts ??= await Connection.open(this.#port)
    const answer = this.#nextEvent()
    const accepted = await this.#posts.post(this.#path, headers, body)
    if (!accepted.startsWith('HTTP/1.1 202 ')) throw new Error(`Not accepted: ${accepted}`)
    return answer
  }

  close(): void {
    this.#stream.destroy()
    this.#posts?.close()
  }

  #nextEvent(): Promise<string> {
    return new Promise((resolve) => {
      this.#onEvent = resolve
    })
  }

  #take(text: string): void {
    this.#read += text
    const end = this.#read.indexOf('\n\n')
    if (end < 0 || !this.#read.includes('data: ')) return
    const event = this.#read
    this.#read = ''
    this.#onEvent?.(event)
  }
}
