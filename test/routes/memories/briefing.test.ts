import t from 'tap'
import { call, connectClient } from '../../support/mcp-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const person = await running.person()
const visitor = await running.signedIn(person.email)
const client = await connectClient(t, running.url, (await running.key(person)).key)

t.test('the page shows what a new session is told, with its size', async (t) => {
  t.match((await visitor.get('/memories/briefing')).html, /nothing for this session/)
  await call(client, 'memory_store', { key: 'tax', value: 'Seven percent <b>& more' })
  await call(client, 'coding_start_session', { project_id: 'shop', description: 'Show prices' })
  const query = { prompt: 'How many percent?', project: 'shop' }
  const { html } = await visitor.get(`/memories/briefing?${new URLSearchParams(query).toString()}`)
  const { structured } = await call(client, 'memory_briefing', {
    prompt: query.prompt,
    project_id: 'shop'
  })
  const text = /<pre[^>]*>([^]*?)<\/pre>/.exec(html)![1]!
  const unescape = (escaped: string) =>
    escaped.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
  t.equal(unescape(text).trim(), structured.briefing, 'the same text as for an assistant')
  t.match(html, /value="How many percent\?"[^]*<option value="shop">/)
  t.match(html, /\d+ of at most 800 tokens\.[^]*<a href="\/memories\/[^"]+"><bdi>tax</)
})

t.test('a size that cannot be is named at its field, and what was typed stays', async (t) => {
  for (const tokens of ['99', '4001', 'many']) {
    const page = await visitor.get(`/memories/briefing?tokens=${tokens}&prompt=percent`)
    t.equal(page.status, 400)
    t.match(page.html, new RegExp(`value="percent"[^]*value="${tokens}"[^]*from 100 to 4000`))
  }
})
