import type { FastifyReply } from 'fastify'
import { EventBody, eventStreamHeaders } from './event-body.ts'

/**
 * The answer to a POST. It is JSON, and becomes a stream with the first message that the server
 * sends before the result.
 */
export class PostAnswer {
  #body: EventBody | undefined
  #isDone = false
  #startStream: ((body: EventBody) => void) | undefined

  /** Sends a message before the result. After the result, or without the client, nothing. */
  notify(json: string): void {
    if (this.#isDone) return
    if (!this.#body) {
      this.#body = new EventBody()
      this.#startStream?.(this.#body)
    }
    this.#body.message(json)
  }

  /**
   * Sends the answer that the work, which does not reject, finds. `mayNotify`: whether messages can
   * come before it.
   */
  async send(
    reply: FastifyReply,
    work: Promise<JsonAnswer>,
    mayNotify: boolean
  ): Promise<FastifyReply> {
    const first = mayNotify ? await Promise.race([work, this.#streaming()]) : await work
    if (!(first instanceof EventBody)) {
      this.#isDone = true
      return sendJson(reply, first)
    }
    void work.then(({ json }) => {
      this.#isDone = true
      first.message(json)
      first.end()
    })
    return reply.headers(eventStreamHeaders).type('text/event-stream').send(first.stream)
  }

  #streaming(): Promise<EventBody> {
    return new Promise((resolve) => {
      if (this.#body) resolve(this.#body)
      else this.#startStream = resolve
    })
  }
}

/** A JSON text with its HTTP status, which a stream cannot tell any more. */
export interface JsonAnswer {
  statusCode: number
  json: string
}

export function sendJson(reply: FastifyReply, { statusCode, json }: JsonAnswer): FastifyReply {
  return reply
    .status(statusCode)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(json)
}
