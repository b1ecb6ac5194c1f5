import { Readable } from 'node:stream'

/** Unread bytes of a stream. A client that leaves more of them loses its stream. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024

/** The headers of a stream, which no proxy may hold back or change. */
export const eventStreamHeaders = {
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no'
}

/** The body of an answer in the form of server-sent events. */
export class EventBody {
  readonly stream = new Readable({ read() {} })
  #hasEnded = false

  /** Sends a JSON-RPC message. */
  message(json: string): void {
    this.#put(`event: message\ndata: ${json}\n\n`)
  }

  event(name: string, data: string): void {
    this.#put(`event: ${name}\ndata: ${data}\n\n`)
  }

  comment(text: string): void {
    this.#put(`: ${text}\n\n`)
  }

  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.stream.push(null)
  }

  #put(text: string): void {
    if (this.#hasEnded || this.stream.destroyed) return
    if (this.stream.readableLength > MAX_UNREAD_BYTES) this.stream.destroy()
    else this.stream.push(text)
  }
}
