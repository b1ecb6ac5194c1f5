import t from 'tap'
import type { Fixtures } from '../../../../plugins/mcp-sse/index.ts'
import { post, toolsCall } from '../../../support/mcp-client.ts'
import { type ModernMessage, postModern } from '../../../support/modern-client.ts'
import { runService } from '../../../support/running.ts'

const fixtures: Fixtures = {
  tools: [
    {
      listing: { name: 'ask_name', inputSchema: { type: 'object' } },
      call: (_args, { input }) => {
        const { name } = input!.responses as { name?: { content: { name: string } } }
        if (name) {
          return { content: [{ type: 'text', text: `${name.content.name} after ${input!.state}` }] }
        }
        const requestedSchema = { type: 'object', properties: { name: { type: 'string' } } }
        const params = { mode: 'form', message: 'Your name?', requestedSchema }
        return input!.ask({ name: { method: 'elicitation/create', params } }, 'the first round')
      }
    }
  ]
}
const running = await runService(t, {}, undefined, { fixtures })
const { url } = running
const user = await running.person()
const { key } = await running.key(user)
const forms = { elicitation: { form: {} } }

async function send(message: ModernMessage, capabilities: object = forms, credential = key) {
  const answer = await postModern(`${url}/mcp`, credential, message, capabilities)
  const body = (await answer.json()) as Record<string, any>
  return { ...body, status: answer.status } as Record<string, any>
}
const call = (name: string, args: object, more: object = {}) => ({
  id: 3,
  method: 'tools/call',
  params: { name, arguments: args, ...more }
})
const inputResponses = { name: { action: 'accept', content: { name: 'Ada' } } }

t.test('a question comes back with its answer, under a state that nobody can change', async (t) => {
  const { result } = await send(call('ask_name', { a: 1, b: 2 }))
  t.match(result, {
    resultType: 'input_required',
    inputRequests: { name: { method: 'elicitation/create', params: { message: 'Your name?' } } },
    requestState: String
  })
  t.notOk('ttlMs' in result)
  const { requestState } = result
  const answered = { inputResponses, requestState }
  t.match((await send(call('ask_name', { b: 2, a: 1 }, answered))).result, {
    resultType: 'complete',
    content: [{ text: 'Ada after the first round' }]
  })
  t.match((await send(call('ask_name', { a: 1, b: 2 }, { inputResponses }))).result, {
    resultType: 'input_required'
  })
  const elsewhere = await running.key(user)
  for (const [message, credential] of [
    [call('ask_name', { a: 1, b: 3 }, answered), key],
    [call('ask_name', { a: 1, b: 2 }, { ...answered, requestState: `${requestState}x` }), key],
    [call('ask_name', { a: 1, b: 2 }, { ...answered, requestState: 7 }), key],
    [call('memory_stats', { a: 1, b: 2 }, answered), key],
    [call('ask_name', { a: 1, b: 2 }, answered), elsewhere.key]
  ] as const) {
    t.match(await send(message, forms, credential), { error: { code: -32602 } })
  }
})

t.test('a client is not asked what it cannot answer', async (t) => {
  t.match(await send(call('ask_name', {}), {}), {
    status: 400,
    id: 3,
    error: { code: -32021, data: { requiredCapabilities: { elicitation: { form: {} } } } }
  })
  t.match(await send(call('ask_name', {}), { elicitation: { url: {} } }), { status: 400 })
  t.match(await send(call('ask_name', {}), { elicitation: {} }), {
    result: { resultType: 'input_required' }
  })
})

t.test('an app that deletes many memories needs consent where its client can ask', async (t) => {
  for (let count = 0; count < 13; count++) {
    await post(`${url}/mcp`, key, toolsCall('memory_store', { key: `k${count}`, value: 'v' }))
  }
  const deleteKey = (count: number, more = {}, capabilities: object = forms) =>
    send(call('memory_delete', { key: `k${count}` }, more), capabilities)
  for (let count = 0; count < 10; count++) {
    t.match((await deleteKey(count)).result, { structuredContent: { deleted: true } })
  }
  const { result } = await deleteKey(10)
  t.match(result, {
    resultType: 'input_required',
    inputRequests: { confirmation: { params: { message: /deleted 10 memories.*"k10"/ } } }
  })
  const { requestState } = result
  const respond = (action: string, confirmed: boolean) => ({
    requestState,
    inputResponses: { confirmation: { action, content: { confirmed } } }
  })
  for (const response of [respond('decline', true), respond('accept', false)]) {
    t.match((await deleteKey(10, response)).result, {
      isError: true,
      content: [{ text: /did not confirm/ }]
    })
  }
  t.match((await deleteKey(11, respond('accept', true))).error, { code: -32602 })
  t.match((await deleteKey(10, respond('accept', true))).result, {
    structuredContent: { deleted: true }
  })
  t.match((await deleteKey(11, {}, {})).result, { structuredContent: { deleted: true } })
})
