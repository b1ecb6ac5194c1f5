// The parts of the PostgreSQL frontend/backend protocol, version 3, that split it into messages
// (PostgreSQL documentation, chapter 54).

const SSL_REQUEST = 80877103
const GSS_REQUEST = 80877104
const CANCEL_REQUEST = 80877102

export type FrontendFrame =
  | { kind: 'startup' | 'message'; type: string; bytes: Buffer }
  | { kind: 'encryption' }
  | { kind: 'cancel' }

/** Splits the bytes of a client into messages, however they are chunked. */
export class FrontendFrames {
  #buffer: Buffer = Buffer.alloc(0)
  #started = false

  push(chunk: Buffer): FrontendFrame[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
    const completeFrames: FrontendFrame[] = []
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      completeFrames.push(frame)
    }
    return completeFrames
  }

  #next(): FrontendFrame | undefined {
    const headLength = this.#started ? 1 : 0 // the first messages of a connection have no type
    if (this.#buffer.length < headLength + 4) return undefined
    const frameLength = headLength + this.#buffer.readInt32BE(headLength)
    if (this.#buffer.length < frameLength || (!this.#started && this.#buffer.length < 8)) {
      return undefined
    }
    const frameBytes = this.#buffer.subarray(0, frameLength)
    this.#buffer = this.#buffer.subarray(frameLength)
    if (this.#started) {
      return { kind: 'message', type: String.fromCharCode(frameBytes[0]!), bytes: frameBytes }
    }
    const requestCode = frameBytes.readInt32BE(4)
    if (requestCode === SSL_REQUEST || requestCode === GSS_REQUEST) return { kind: 'encryption' }
    if (requestCode === CANCEL_REQUEST) return { kind: 'cancel' }
    this.#started = true
    return { kind: 'startup', type: '', bytes: frameBytes }
  }
}

/**
 * Reads the state in ReadyForQuery from the answers of the server: I idle, T in a transaction, E in
 * a failed one.
 */
export class BackendState {
  #rest: Buffer = Buffer.alloc(0)
  /** undefined until a ReadyForQuery ends the answer. */
  ready: 'I' | 'T' | 'E' | undefined

  push(chunk: Uint8Array): void {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= 5) {
      const messageLength = 1 + this.#rest.readInt32BE(1)
      if (this.#rest.length < messageLength) return
      if (this.#rest[0] === 0x5a) {
        this.ready = String.fromCharCode(this.#rest[5]!) as 'I' | 'T' | 'E'
      }
      this.#rest = this.#rest.subarray(messageLength)
    }
  }
}

/** Whether the message of a client lifts the time limit of its statements, or restores it. */
export function readStatementLimit(message: Buffer): 'none' | 'usual' | undefined {
  const messageType = message[0]
  const isStatement = messageType === 0x51 || messageType === 0x50 // Query, Parse
  if (message.length > 100 || !isStatement) return undefined
  if (message.includes('set statement_timeout = 0')) return 'none'
  return message.includes('reset statement_timeout') ? 'usual' : undefined
}
