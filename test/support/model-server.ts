import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { listenOnLoopback } from './port.ts'
import type { Teardown } from './teardown.ts'

/** What the stand-in for a model answers to every request. */
export const MODEL_ANSWER = 'The tax is seven percent.'

interface ModelRequest {
  model: string
  stream?: boolean
}

/**
 * A stand-in for Anthropic's Messages API on loopback. It streams a fixed text
 * (https://docs.anthropic.com/en/api/messages-streaming). Returns its address and the bodies of
 * all requests so far.
 */
export async function runModelServer(t: Teardown): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname
      if (request.method !== 'POST' || path !== '/v1/messages') {
        response.writeHead(404, { 'content-type': 'application/json' })
        response.end('{"type":"error","error":{"type":"not_found_error","message":"-"}}')
        return
      }
      requests.push(body)
      sendMessage(response, JSON.parse(body) as ModelRequest)
    })
  })
  t.teardown(() => server.close())
  return { url: `http://127.0.0.1:${await listenOnLoopback(server)}`, requests }
}

function sendMessage(response: ServerResponse, { model, stream = false }: ModelRequest): void {
  const usage = { input_tokens: 10, output_tokens: 8 }
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, stop_sequence: null }
  if (!stream) {
    const content = [{ type: 'text', text: MODEL_ANSWER }]
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ...message, content, stop_reason: 'end_turn', usage }))
    return
  }
  response.setHeader('content-type', 'text/event-stream')
  const send = (type: string, data: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`)
  send('message_start', { message: { ...message, content: [], stop_reason: null, usage } })
  send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
  const delta = { type: 'text_delta', text: MODEL_ANSWER }
  send('content_block_delta', { index: 0, delta })
  send('content_block_stop', { index: 0 })
  send('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage })
  send('message_stop', {})
  response.end()
}
