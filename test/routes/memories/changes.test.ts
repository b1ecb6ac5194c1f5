import t from 'tap'
import { importJsonLines } from '../../../domain/memory/transfer/index.ts'
import { audited } from '../../cli/audited.ts'
import { callAs, remember } from '../../support/embedding-server.ts'
import { runService } from '../../support/running.ts'
import { change, csrfOf, idsOf, memoryOf, undo } from './helper.ts'

const running = await runService(t)
const { db } = running.app

/** What a person sees of a memory: everything but the version and who put it there. */
async function visibleState(user: Parameters<typeof memoryOf>[1], key: string) {
  const {
    version: _version,
    written_at: _at,
    written_by: _by,
    ...state
  } = (await memoryOf(running, user, key))!
  const { memory_no: _no, search_length: _length, ...visible } = state
  return visible
}

t.test('each action on selected memories can be undone exactly', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  await remember(running, ada.user_id, { tea: 'sencha', bread: 'rye' }, { tags: ['food'] })
  const ids = await idsOf(running, ada, 'tea', 'bread')
  const before = [await visibleState(ada, 'tea'), await visibleState(ada, 'bread')]
  for (const [fields, notice, check] of [
    [{ action: 'delete' }, 'Deleted 2 memories.', { key: undefined }],
    [
      { action: 'add_tag', tag: 'daily' },
      'Added the tag “daily” to 2',
      { tags: ['food', 'daily'] }
    ],
    [{ action: 'remove_tag', tag: 'food' }, 'Removed the tag “food” from 2', { tags: [] }],
    [{ action: 'move', namespace: 'home' }, 'Moved 2 memories to “home”', { agent_name: 'home' }]
  ] as Array<[Record<string, string>, string, object]>) {
    const page = await change(visitor, ids, { ...fields, back: '/memories?tag=food' })
    t.match(page.html, notice)
    t.match(page.url, '/memories?tag=food', 'it returns to the list')
    t.match((await memoryOf(running, ada, 'tea')) ?? { key: undefined }, check)
    const undone = await undo(visitor, page)
    t.match(undone.html, 'Undone for 2 memories.')
    t.same([await visibleState(ada, 'tea'), await visibleState(ada, 'bread')], before, notice)
  }
  await change(visitor, ids, { action: 'delete' })
  const restored = await change(visitor, ids, { action: 'restore' })
  t.match(restored.html, 'Restored 2 memories.')
  await undo(visitor, restored)
  t.equal(await memoryOf(running, ada, 'tea'), undefined)
  t.ok((await audited(db, 'memory.deleted')).length >= 4, 'deletions are in the audit log')
})

t.test('an undo never takes back what came later, and a move never hides a memory', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  await remember(running, ada.user_id, { tea: 'sencha', bread: 'rye' })
  const ids = await idsOf(running, ada, 'tea', 'bread')
  const tagged = await change(visitor, ids, { action: 'add_tag', tag: 'x' })
  await callAs(running, ada.user_id, 'memory_update', { key: 'tea', value: 'gyokuro' })
  t.match((await undo(visitor, tagged)).html, /Undone for 1 memory\. 1 memory changed since/)
  t.match(await memoryOf(running, ada, 'tea'), { value: 'gyokuro', tags: ['x'] })
  t.match(await memoryOf(running, ada, 'bread'), { tags: [] })
  await remember(running, ada.user_id, { bread: 'white' }, { agent_name: 'home' })
  const moved = await change(visitor, ids, { action: 'move', namespace: 'home' })
  t.match(moved.html, /Moved 1 memory to “home”\. 1 memory stayed/)
  const rows = await db.selectFrom('memories').select(['agent_name', 'key', 'value'])
  t.same(await rows.where('user_id', '=', ada.user_id).orderBy('value').execute(), [
    { agent_name: 'home', key: 'tea', value: 'gyokuro' },
    { agent_name: 'global', key: 'bread', value: 'rye' },
    { agent_name: 'home', key: 'bread', value: 'white' }
  ])
  await remember(running, ada.user_id, { tea: 'a new tea' })
  t.match((await undo(visitor, moved)).html, /Undone for 0 memories\. 1 memory/)
})

t.test('the operator undoes a move of the console, too', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  await remember(running, ada.user_id, { tea: 'sencha' })
  const since = new Date()
  await change(visitor, await idsOf(running, ada, 'tea'), { action: 'move', namespace: 'home' })
  const { undoMemoryChanges } = await import('../../../domain/memory/undo.ts')
  const plan = await db
    .transaction()
    .execute((trx) => undoMemoryChanges(trx, ada.user_id, { name: 'Console' }, since))
  t.match(plan, { undone: [{ key: 'tea', change: 'reverted' }], conflicts: [] })
  t.match(await memoryOf(running, ada, 'tea'), { agent_name: 'global', value: 'sencha' })
})

t.test('selected memories are exported as JSON Lines and as harmless CSV', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  await remember(
    running,
    ada.user_id,
    { '=key': '=HYPERLINK("http://evil.test")', quote: 'a "b", c\nd' },
    { tags: ['+x'] }
  )
  const ids = await idsOf(running, ada, '=key', 'quote')
  const jsonLines = await change(visitor, ids, { action: 'export_jsonl' })
  t.match(jsonLines.headers.get('content-disposition'), 'attachment; filename="memories.jsonl"')
  t.equal(jsonLines.headers.get('cache-control'), 'no-store')
  const bob = await running.person()
  const result = await db.transaction().execute((trx) =>
    importJsonLines(
      trx,
      bob.user_id,
      (async function* () {
        yield* jsonLines.html.split('\n')
      })()
    )
  )
  t.match(result, { memories: 2, conflicts: [] })
  t.match(await memoryOf(running, bob, 'quote'), { value: 'a "b", c\nd', tags: ['+x'] })
  const csv = await change(visitor, ids, { action: 'export_csv' })
  t.match(csv.html, `'=key,"'=HYPERLINK(""http://evil.test"")"`)
  t.match(csv.html, `"a ""b"", c\nd"`)
  t.match(csv.html, `'+x`)
  t.equal((await audited(db, 'memory.exported')).length, 2)
  const stranger = await running.signedIn((await running.person()).email)
  t.notMatch((await change(stranger, ids, { action: 'export_csv' })).html, 'evil')
})

t.test('forms without their value, of readers and for memories of others do nothing', async (t) => {
  const ada = await running.person()
  await remember(running, ada.user_id, { tea: 'sencha' })
  const [id] = await idsOf(running, ada, 'tea')
  const stranger = await running.signedIn((await running.person()).email)
  const reader = await running.person(undefined, 'read_only')
  const owner = await running.signedIn(ada.email)
  const actions: Array<[string, Record<string, string>]> = [
    ['/memories/change', { action: 'delete', memory_id: id! }],
    ['/memories/undo', { change: `1 ${id}` }],
    [`/memories/${id}/delete`, {}],
    [`/memories/${id}/restore`, { version: '1' }],
    [`/memories/${id}/edit`, { value: 'x', version: '1' }],
    [`/memories/${id}/purge`, { typed_word: 'delete' }],
    ['/memories/new', { key: 'a', value: 'b' }]
  ]
  const strangerCsrf = await csrfOf(stranger)
  const readerVisitor = await running.signedIn(reader.email)
  const readerCsrf = await csrfOf(readerVisitor)
  for (const [path, fields] of actions) {
    t.equal((await owner.post(path, fields)).status, 403, `${path} without csrf`)
    const crossSite = { 'sec-fetch-site': 'cross-site' }
    t.equal((await owner.post(path, fields, crossSite)).status, 403, `${path} from elsewhere`)
    t.equal(
      (await readerVisitor.post(path, { ...fields, csrf: readerCsrf })).status,
      403,
      `${path} by a reader`
    )
    const page = await stranger.post(path, { ...fields, csrf: strangerCsrf })
    if (path.includes(id!)) t.equal(page.status, 404, `${path} of another person`)
  }
  t.match(await memoryOf(running, ada, 'tea'), { value: 'sencha', version: 1 })
  const empty = await change(owner, [], { action: 'delete', back: '//evil.test/' })
  t.match(empty.html, 'Select at least one memory first.')
  t.match(empty.url, new RegExp(`^${running.url}/memories$`), 'it leads to no other site')
  t.match((await change(owner, [id!], { action: 'move' })).html, /id="namespace-problem"/)
})
