import { PassThrough } from 'node:stream'
import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { newSecret } from '../../lib/secrets.ts'
import type { Credential } from '../auth/index.ts'
import { rewordError } from './messages.ts'

/** Unread bytes of a stream. A client that leaves more of them loses its stream. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024

/**
 * The stream of 2024-11-05. The server sends on the GET; the client posts to the address in the
 * first event.
 */
export class EventStream implements Transport {
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
