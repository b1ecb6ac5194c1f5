// The frontend/backend protocol of PostgreSQL, version 3, as far as taking it apart goes
// (PostgreSQL documentation, chapter 54).

const SSL_REQUEST = 80877103
const GSS_REQUEST = 80877104
const CANCEL_REQUEST = 80877102

export type Frame =
  | { kind: 'startup' | 'message'; type: string; bytes: Buffer }
  | { kind: 'encryption' }
  | { kind: 'cancel' }

/** Cuts what a client sends into its messages, whatever pieces it comes in. */
export class FrontendFrames {
  #buffer: Buffer = Buffer.alloc(0)
  #started = false

  push(chunk: Buffer): Frame[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
    const frames: Frame[] = []
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): Frame | undefined {
    const head = this.#started ? 1 : 0 // only the first messages of a connection have no type
    if (this.#buffer.length < head + 4) return undefined
    const length = head + this.#buffer.readInt32BE(head)
    if (this.#buffer.length < length || (!this.#started && this.#buffer.length < 8)) {
      return undefined
    }
    const bytes = this.#buffer.subarray(0, length)
    this.#buffer = this.#buffer.subarray(length)
    if (this.#started) return { kind: 'message', type: String.fromCharCode(bytes[0]!), bytes }
    const code = bytes.readInt32BE(4)
    if (code === SSL_REQUEST || code === GSS_REQUEST) return { kind: 'encryption' }
    if (code === CANCEL_REQUEST) return { kind: 'cancel' }
    this.#started = true
    return { kind: 'startup', type: '', bytes }
  }
}

/**
 * Follows the server's answers for the state that ReadyForQuery tells: I idle, T in a transaction,
 * E in a failed one.
 */
export class BackendState {
  #rest: Buffer = Buffer.alloc(0)
  /** undefined until a ReadyForQuery ends the answer. */
  ready: 'I' | 'T' | 'E' | undefined

  push(chunk: Uint8Array): void {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= 5) {
      const length = 1 + this.#rest.readInt32BE(1)
      if (this.#rest.length < length) return
      if (this.#rest[0] === 0x5a) {
        this.ready = String.fromCharCode(this.#rest[5]!) as 'I' | 'T' | 'E'
      }
      this.#rest = this.#rest.subarray(length)
    }
  }
}

/** Whether a client's message lifts the limit of time of its statements, or puts it back. */
export function statementLimitOf(message: Buffer): 'none' | 'usual' | undefined {
  const type = message[0]
  if (message.length > 100 || (type !== 0x51 && type !== 0x50)) return undefined // Query, Parse
  if (message.includes('set statement_timeout = 0')) return 'none'
  return message.includes('reset statement_timeout') ? 'usual' : undefined
}
