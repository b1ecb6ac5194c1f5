import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { listenOnLoopback } from './port.ts'
import type { Teardown } from './teardown.ts'

/** What the stand-in for a model answers to every request. */
export const MODEL_ANSWER = 'The tax is seven percent.'

type StreamEvent = Record<string, unknown> & { type?: string }

/** The streamed answer of each API, as server-sent events, by the end of its path. */
const answers: Record<string, (model: string) => StreamEvent[]> = {
  '/v1/messages': messageEvents,
  '/v1/responses': responseEvents,
  ':streamGenerateContent': () => [geminiAnswer]
}

/**
 * A stand-in for the model APIs of Anthropic, OpenAI and Google on loopback. It streams a fixed
 * text. Returns its address and the bodies of all requests so far.
 */
export async function runModelServer(t: Teardown): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname
      const ending = Object.keys(answers).find((end) => path.endsWith(end))
      if (request.method !== 'POST' || ending === undefined) {
        response.writeHead(404, { 'content-type': 'application/json' })
        response.end('{"type":"error","error":{"type":"not_found_error","message":"-"}}')
        return
      }
      requests.push(body)
      const { model = '' } = JSON.parse(body) as { model?: string }
      response.setHeader('content-type', 'text/event-stream')
      const events = answers[ending]!(model).map(
        (event) => `${event.type ? `event: ${event.type}\n` : ''}data: ${JSON.stringify(event)}\n\n`
      )
      response.end(events.join(''))
    })
  })
  t.teardown(() => server.close())
  return { url: `http://127.0.0.1:${await listenOnLoopback(server)}`, requests }
}

/** https://docs.anthropic.com/en/api/messages-streaming */
function messageEvents(model: string): StreamEvent[] {
  const usage = { input_tokens: 10, output_tokens: 8 }
  const start = { stop_reason: null, stop_sequence: null }
  const end = { stop_reason: 'end_turn', stop_sequence: null }
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [] }
  const delta = { type: 'text_delta', text: MODEL_ANSWER }
  return [
    { type: 'message_start', message: { ...message, ...start, usage } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: end, usage },
    { type: 'message_stop' }
  ]
}

/** https://platform.openai.com/docs/api-reference/responses-streaming */
function responseEvents(): StreamEvent[] {
  const content = [{ type: 'output_text', text: MODEL_ANSWER }]
  const item = { type: 'message', role: 'assistant', id: 'msg_1', content }
  const usage = { input_tokens: 10, output_tokens: 8, total_tokens: 18 }
  return [
    { type: 'response.created', response: { id: 'resp_1' } },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { id: 'resp_1', usage } }
  ]
}

/** https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent */
const geminiAnswer = {
  candidates: [
    {
      index: 0,
      content: { role: 'model', parts: [{ text: MODEL_ANSWER }] },
      finishReason: 'STOP'
    }
  ],
  usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 8, totalTokenCount: 18 }
}
