import { sql } from 'kysely'
import t from 'tap'
import { kagura } from '../../cli/command.ts'
import { call, connectClient } from '../../support/mcp-client.ts'
import { runService } from '../../support/running.ts'
import { change, csrfOf, idsOf, undo } from './helper.ts'

const running = await runService(t)
const person = await running.person()
const visitor = await running.signedIn(person.email)
const { key } = await running.key(person)
const client = await connectClient(t, running.url, key)

const briefing = async () => (await call(client, 'memory_briefing', {})).structured.briefing
const pinnedKeys = async () => {
  const pinned = /Pinned:\n([^]*?)(?=\n\w|\n<)/.exec(await briefing())?.[1] ?? ''
  return [...pinned.matchAll(/^- (\w+)/gm)].map(([, name]) => name)
}
for (const name of ['alpha', 'beta', 'gamma']) {
  await call(client, 'memory_store', { key: name, value: `${name} is a letter` })
}
const [alpha, gamma] = (await idsOf(running, person, 'alpha', 'gamma')) as [string, string]

t.test(
  'memory_store pins a memory, which then comes first and stays pinned when stored',
  async (t) => {
    await call(client, 'memory_store', { key: 'beta', value: 'beta is a letter', pinned: true })
    t.same(await pinnedKeys(), ['beta'])
    t.equal((await call(client, 'memory_recall', { key: 'beta' })).structured.pinned, true)
    await call(client, 'memory_store', { key: 'beta', value: 'beta is the second letter' })
    t.match(await briefing(), /Pinned:\n- beta: beta is the second letter/)
    t.equal((await briefing()).split('beta:').length, 2, 'it comes once')
    await call(client, 'memory_update', { key: 'beta', pinned: false })
    t.same(await pinnedKeys(), [])
    await call(client, 'memory_restore', { key: 'beta', version: 2 })
    t.same(await pinnedKeys(), ['beta'], 'a version knows whether it was pinned')
  }
)

t.test('the pages pin, show it, and take it back', async (t) => {
  const path = `/memories/${alpha}`
  const pinned = await visitor.post(`${path}/pin`, {
    csrf: await csrfOf(visitor),
    pinned: 'yes'
  })
  t.match(pinned.html, /Pinned 1 memory[^]*>Pinned<[^]*value="no">Unpin</)
  t.same(await pinnedKeys(), ['alpha', 'beta'])
  t.match((await visitor.get('/memories')).html, /<bdi>alpha<\/bdi><\/a> <span class="tag new">/)
  t.match((await visitor.get(`${path}/versions/2`)).html, /Pinned since/)
  await undo(visitor, pinned)
  t.same(await pinnedKeys(), ['beta'])
  await change(visitor, [alpha, gamma], { action: 'pin' })
  t.equal((await pinnedKeys()).length, 3)
  await change(visitor, [alpha, gamma], { action: 'unpin' })
  t.same(await pinnedKeys(), ['beta'])
})

t.test('what an app pinned is undone with the rest of what it did', async (t) => {
  const second = await running.key(person)
  const app = await connectClient(t, running.url, second.key)
  await call(app, 'memory_update', { key: 'gamma', pinned: true })
  t.equal((await pinnedKeys()).length, 2)
  const since = ['--key', second.key_id, '--since', '1h']
  const ended = await kagura(running.settings, ['memory', 'undo', '--user', person.email, ...since])
  t.equal(ended.code, 0, ended.stderr)
  t.same(await pinnedKeys(), ['beta'])
})

t.test('an export keeps pins, and an older export without them is taken', async (t) => {
  const exported = await kagura(running.settings, ['memory', 'export', '--user', person.email])
  t.match(exported.stdout, /"pinned_at": ?"\d{4}/)
  const bob = await running.person()
  const args = ['memory', 'import', '--user', bob.email, '-']
  const older = exported.stdout.replace(/, ?"pinned_at": ?(?:null|"[^"]+")/g, '')
  for (const [text, pins] of [
    [older, 0],
    [exported.stdout, 1]
  ] as const) {
    const taken = await kagura(running.settings, args, text)
    t.equal(taken.code, 0, taken.stderr)
    const { rows } = await countPins(bob.user_id)
    t.same(rows, [{ pins }])
    await running.app.db.deleteFrom('memories').where('user_id', '=', bob.user_id).execute()
    await running.app.db.deleteFrom('memory_versions').where('user_id', '=', bob.user_id).execute()
  }
})

function countPins(userId: string) {
  return sql<{ pins: number }>`select count(pinned_at)::int as pins from memories
    where user_id = ${userId}`.execute(running.app.db)
}
