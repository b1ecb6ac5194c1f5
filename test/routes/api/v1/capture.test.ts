import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { importForeignMemories } from '../../../../cli/memory/foreign-import.ts'
import { temporaryDirectory } from '../../../support/helper.ts'
import { call, connectClient } from '../../../support/mcp-client.ts'
import { runService } from '../../../support/running.ts'
import { csrfOf } from '../../memories/helper.ts'

const running = await runService(t, { CAPTURE_QUOTA_BYTES: '6000', CAPTURE_DAYS: '7' })
const { url, app } = running
const { db } = app
const person = await running.person()
const visitor = await running.signedIn(person.email)
const hooks = await running.key(person)
const client = await connectClient(t, url, hooks.key)

const send = async (body: unknown, key = hooks.key) => {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/v1/capture`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body)
  })
  return { status: answer.status, body: JSON.parse(await answer.text()) }
}
const state = async (query: Record<string, string>) => {
  const address = `${url}/api/v1/capture?${new URLSearchParams(query).toString()}`
  return (await fetch(address, { headers: { authorization: `Bearer ${hooks.key}` } })).json()
}
const turn = async (path: string, capture: 'on' | 'off') =>
  visitor.post(`${path}/capture`, { csrf: await csrfOf(visitor), capture })
const turnOn = () => turn(`/apps/${hooks.key_id}`, 'on')
const captured = () =>
  db
    .selectFrom('memories')
    .selectAll()
    .where('user_id', '=', person.user_id)
    .where('agent_name', '=', 'transcripts')
    .orderBy('session_id')
    .orderBy('sequence_at')
    .execute()

const line = (uuid: string, type: 'user' | 'assistant', content: unknown, second: number) =>
  JSON.stringify({
    type,
    uuid,
    sessionId: 's1',
    cwd: '/srv/ada/shop',
    timestamp: `2026-11-30T10:00:0${second}.000Z`,
    message: { role: type, content }
  })
const transcript =
  [
    JSON.stringify({ type: 'summary', summary: 'Prices' }),
    line('u1', 'user', 'Show prices with tax. My password is hunter2222', 1),
    line('u2', 'assistant', [{ type: 'thinking', thinking: 'hm' }], 2),
    line('u3', 'assistant', [{ type: 'text', text: 'Prices are whole cents now.' }], 3),
    line('u4', 'user', [{ type: 'tool_result', content: 'secret file' }], 4)
  ].join('\n') + '\n'
const session = { client: 'claude-code', session_id: 's1', cwd: '/srv/ada/shop' }

t.test('nothing is captured before the person turns it on', async (t) => {
  const refused = await send({ ...session, transcript })
  t.match(refused, {
    status: 403,
    body: { error: 'capture_off', error_description: `${url}/apps/${hooks.key_id}` }
  })
  t.match(await state(session), { enabled: false, next_offset: 0 })
  t.match((await visitor.get(`/apps/${hooks.key_id}`)).html, 'Capture of conversations')
  t.match((await turnOn()).html, /are captured from now on/)
  t.match(await state(session), { enabled: true, next_offset: 0 })
})

t.test('a transcript becomes the sequence of its session, without secrets', async (t) => {
  await turnOn()
  const size = Buffer.byteLength(transcript)
  const half = await send({ ...session, transcript: transcript.slice(0, 300) })
  t.match(half, { status: 200, body: { stored: 1, redacted: 1 } })
  const offset = half.body.next_offset
  t.ok(offset > 0 && offset < 300, 'up to the last whole line')
  const rest = await send({ ...session, offset, transcript: transcript.slice(offset) })
  t.match(rest.body, { stored: 1, next_offset: size, left_out: 2 })
  for (const again of [0, offset]) {
    const repeated = await send({ ...session, offset: again, transcript: transcript.slice(again) })
    t.match(repeated.body, { stored: 0, next_offset: size }, 'the same part twice: no doubles')
  }
  t.match(await state(session), { next_offset: size })
  const memories = await captured()
  t.match(memories, [
    { value: 'Show prices with tax. My password is [redacted]', speaker: 'user', session_id: 's1' },
    { value: 'Prices are whole cents now.', speaker: 'Claude', tags: ['captured', 'shop'] }
  ])
  t.equal(memories.length, 2)
  t.same(memories[0]!.occurred_at, new Date('2026-11-30T10:00:01Z'))
  const days = (memories[0]!.expires_at!.getTime() - Date.now()) / 86_400_000
  t.ok(days > 6.9 && days <= 7)
  const { structured } = await call(client, 'memory_search', { query: 'whole cents' })
  t.match(structured.results, [{ key: 'claude-code/s1/u3' }])
  t.notMatch((await call(client, 'memory_briefing', {})).text, 'whole cents', 'no fact by guess')
})

t.test('an import into the same namespace does not double what was captured', async (t) => {
  const file = join(temporaryDirectory(t), 's1.jsonl')
  writeFileSync(file, transcript)
  const options = { user: person.email, from: 'claude-code', namespace: 'transcripts' }
  t.match(await importForeignMemories(db, file, options), { created: 1, changed: 0, kept: 2 })
  t.equal((await captured()).length, 3, 'the title is new')
  await call(client, 'memory_delete', { key: 'claude-code/s1', agent_name: 'transcripts' })
})

t.test('two parts at one instant store each entry once', async (t) => {
  const entries = [
    { role: 'user', text: 'Hello' },
    { role: 'Gemini', text: 'Hi' }
  ]
  const part = { client: 'gemini-cli', session_id: 'g1', entries }
  const answers = await Promise.all(Array.from({ length: 4 }, () => send(part)))
  t.equal(
    answers.reduce((sum, { body }) => sum + body.stored, 0),
    2
  )
  t.match(await send({ ...part, offset: 5 }), { status: 409, body: { next_offset: 2 } })
})

t.test('a transcript of Codex has the typed texts and the answers', async (t) => {
  const item = (role: string, text: string) =>
    JSON.stringify({
      timestamp: '2026-11-30T11:00:00.000Z',
      type: 'response_item',
      payload: { type: 'message', role, content: [{ type: 'input_text', text }] }
    })
  const lines = [
    item('user', '<environment_context>x</environment_context>'),
    item('user', 'Sort the list'),
    item('assistant', 'Sorted.')
  ].join('\n')
  const part = { client: 'codex', session_id: 'c1', project: 'shop', transcript: `${lines}\n` }
  t.match((await send(part)).body, { stored: 2, left_out: 1 })
  t.match((await send(part)).body, { stored: 0, known: 2 })
})

t.test('a project can be left out, and what was deleted stays deleted', async (t) => {
  await turnOn()
  await send({ ...session, transcript })
  await call(client, 'coding_start_session', { project_id: 'shop', description: 'Prices' })
  t.match((await turn('/projects/shop', 'off')).html, /not captured any more/)
  t.match(await send({ ...session, transcript }), { status: 403, body: { error: 'capture_off' } })
  await turn('/projects/shop', 'on')
  await call(client, 'memory_delete', {
    key: 'claude-code/s1/u3',
    agent_name: 'transcripts'
  })
  t.match((await send({ ...session, transcript })).body, { stored: 0, known: 2 })
})

t.test('undoing the app takes the captured entries back', async (t) => {
  const second = await running.key(person)
  await turn(`/apps/${second.key_id}`, 'on')
  const entries = [{ role: 'user', text: 'A heron' }]
  await send({ client: 'x', session_id: 'x1', entries }, second.key)
  t.equal((await captured()).filter(({ session_id: id }) => id === 'x1').length, 1)
  const since = new Date(Date.now() - 60_000).toISOString()
  await visitor.post(`/apps/${second.key_id}/undo`, { csrf: await csrfOf(visitor), since })
  t.equal((await captured()).filter(({ session_id: id }) => id === 'x1').length, 0)
})

t.test('a part that cannot be taken is refused with its field', async (t) => {
  await turnOn()
  const base = { client: 'x', session_id: 'y' }
  const entry = { role: 'user', text: 'x' }
  for (const [body, field] of [
    [{ session_id: 'y', entries: [] }, 'client'],
    [{ ...base, entries: [{ role: 'user' }] }, 'text'],
    [{ ...base, entries: [], transcript: 'x' }, 'either'],
    [{ ...base, transcript: 'x' }, 'client must be one of claude-code'],
    [{ ...base, entries: Array.from({ length: 201 }, () => entry) }, 'entries'],
    [{ ...base, entries: [entry], offset: -1 }, 'offset'],
    [{ ...base, entries: [entry], offset: 0, end: 0, more: 1 }, 'more is not a field'],
    ['text', 'object']
  ] as const) {
    t.match(await send(body), { status: 400, body: { error_description: field } })
  }
  const long = { ...base, entries: [{ role: 'user', text: 'word '.repeat(1300) }] }
  t.match(await send(long), { status: 422, body: { error_description: /quota of 6000 bytes/ } })
  t.equal((await send({ ...base, transcript: 'x'.repeat(1_100_000) })).status, 413)
  const reading = await running.key(person, 'mcp:memory:read')
  t.equal((await send({ ...base, entries: [entry] }, reading.key)).status, 403)
  const reader = await running.key(await running.person(undefined, 'read_only'))
  const refused = await send({ ...base, entries: [entry] }, reader.key)
  t.match(refused, { status: 403, body: { error: 'forbidden' } })
  t.equal((await fetch(`${url}/api/v1/capture`)).status, 401)
})

t.test('an app of some namespaces captures into one of them only', async (t) => {
  const narrow = await running.key(person)
  await db
    .updateTable('api_keys')
    .set({ namespaces: ['work'] })
    .where('key_id', '=', narrow.key_id)
    .execute()
  await turn(`/apps/${narrow.key_id}`, 'on')
  const part = { client: 'x', session_id: 'n1', entries: [{ role: 'user', text: 'In work' }] }
  t.match((await send(part, narrow.key)).body, { stored: 1 })
  const [memory] = await db
    .selectFrom('memories')
    .select('agent_name')
    .where('session_id', '=', 'n1')
    .execute()
  t.same(memory, { agent_name: 'work' })
  const elsewhere = { ...part, session_id: 'n2', namespace: 'global' }
  t.match(await send(elsewhere, narrow.key), { status: 422 })
})
