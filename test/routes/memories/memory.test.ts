import t from 'tap'
import { audited } from '../../cli/audited.ts'
import { callAs, remember } from '../../support/embedding-server.ts'
import { PASSWORD, runService } from '../../support/running.ts'
import type { Visitor } from '../../support/visitor.ts'
import { csrfOf, idsOf, memoryOf, undo } from './helper.ts'

const running = await runService(t)
const { db } = running.app

/** A person with one memory under the key `note`, and the path of its page. */
async function withNote(value: string) {
  const ada = await running.person()
  await remember(running, ada.user_id, { note: value })
  const [id] = await idsOf(running, ada, 'note')
  const visitor = await running.signedIn(ada.email)
  return { ada, visitor, id: id!, path: `/memories/${id}` }
}

/** Sends a form of a page, chosen by the end of its action, with a value in its text area. */
async function submitTo(
  visitor: Visitor,
  path: string,
  action: string,
  fields: Record<string, string>
) {
  const page = await visitor.get(path)
  const form = page.forms.find((candidate) => candidate.action.endsWith(action))!
  const kept = form.fields.filter(([name]) => !(name in fields))
  return visitor.send(form, [...kept, ...Object.entries(fields)])
}

t.test('a value is shown as safe Markdown, as JSON, and as it is', async (t) => {
  const { ada, visitor, path } = await withNote(
    '# Plan\n\n**bold** <img src=x onerror=alert(1)> [ok](https://example.org/)' +
      ' [no](javascript:alert(1)) [own](/logout) ![pic](https://evil.test/p.png)\n\n|a|\n|:-:|\n|b|'
  )
  const { html } = await visitor.get(path)
  t.match(html, /<h3>Plan<\/h3>[^]*<strong>bold<\/strong> &lt;img src=x/)
  t.match(html, '<a href="https://example.org/" rel="noopener noreferrer nofollow">ok</a>')
  t.match(html, '<a href="https://evil.test/p.png" rel="noopener noreferrer nofollow">pic</a>')
  t.notMatch(html, /<img|href="javascript|href="\/logout"|style=/)
  t.match((await visitor.get(`${path}?view=raw`)).html, '# Plan\n\n**bold** &lt;img')
  await remember(running, ada.user_id, { note: '{"b":[1,{"c":"<i>"}]}' })
  t.match((await visitor.get(path)).html, /{\n {2}&quot;b&quot;: \[\n[^]*&lt;i&gt;/)
})

t.test('the page of a value of 1 MiB stays small, and shows all when asked', async (t) => {
  for (const value of [
    '*a* '.repeat(250_000),
    '<&">'.repeat(260_000),
    '日本語。'.repeat(250_000)
  ]) {
    const { visitor, path } = await withNote(value)
    const page = await visitor.get(path)
    t.ok(page.html.length > 5_000 && Buffer.byteLength(page.html) < 30_000, `${page.html.length}`)
    t.match(page.html, /These are the first [\d,]+ of [\d,]+ characters/)
    t.ok((await visitor.get(`${path}?view=all`)).html.length >= value.length)
    t.ok(Buffer.byteLength((await visitor.get(`${path}/versions/1`)).html) < 30_000)
  }
})

t.test('what surrounds a memory is shown: links, successors, who wrote it', async (t) => {
  const { ada, visitor, path, id } = await withNote('Lives in Lyon')
  await remember(running, ada.user_id, { moved: 'Lives in Nice' })
  for (const [from, to, type] of [
    ['moved', 'note', 'supersedes'],
    ['note', 'topic:France', 'related_to']
  ]) {
    await callAs(running, ada.user_id, 'graph_link', { from, to, type })
  }
  const [movedId] = await idsOf(running, ada, 'moved')
  const { html } = await visitor.get(path)
  t.match(html, new RegExp(`A newer memory replaces this one: <a href="/memories/${movedId}">`))
  t.match(html, /related_to →<\/span> <a href="\/graph\?node=topic%3Afrance"><bdi>France/)
  t.match(html, `href="/graph?node=memory%3A${id}"`)
  t.match(html, /Saved by<\/dt><dd><a href="\/memories\?app=test">/)
})

t.test('an edit keeps what was not changed, shows its problems, and can be undone', async (t) => {
  const { ada, visitor, path } = await withNote('one\ntwo')
  const edit = (fields: Record<string, string>) =>
    submitTo(visitor, `${path}/edit`, '/edit', fields)
  const form = await visitor.get(`${path}/edit`)
  t.match(form.html, />\none\ntwo<\/textarea>/)
  const saved = await edit({ value: 'one\r\nthree', tags: 'a, b、a', namespace: 'work' })
  t.match(saved.html, 'Saved.')
  t.match(await memoryOf(running, ada, 'note'), {
    value: 'one\nthree',
    tags: ['a', 'b'],
    agent_name: 'work',
    version: 2,
    source: { kind: 'console', name: 'Console' }
  })
  await undo(visitor, saved)
  t.match(await memoryOf(running, ada, 'note'), {
    value: 'one\ntwo',
    tags: [],
    agent_name: 'global'
  })
  t.match((await edit({ value: 'one\ntwo' })).html, 'Nothing was changed.')
  for (const [fields, problem] of [
    [{ value: ' ' }, /id="value-problem"[^]*Write what to remember/],
    [{ value: 'kept', expires_at: '2001-01-01T00:00' }, /id="expires_at-problem"[^]*in the past/],
    [{ value: 'kept', importance: '7' }, /id="importance-problem"[^]*from 0 to 1/],
    [{ value: 'kept', namespace: 'x'.repeat(129) }, /id="namespace-problem"/]
  ] as Array<[Record<string, string>, RegExp]>) {
    const page = await edit(fields)
    t.equal(page.status, 400)
    t.match(page.html, problem)
    if (fields['value'] === 'kept') t.match(page.html, '>\nkept</textarea>', 'what was typed stays')
  }
  t.match(await memoryOf(running, ada, 'note'), { version: 3 })
})

t.test('two editors do not overwrite each other: the second sees both texts', async (t) => {
  const { ada, visitor, path } = await withNote('The colour is blue')
  const form = (await visitor.get(`${path}/edit`)).forms.find(({ action }) => /edit$/.test(action))!
  await callAs(running, ada.user_id, 'memory_update', { key: 'note', value: 'The colour is red' })
  const typed = form.fields.filter(([name]) => name !== 'value')
  const conflict = await visitor.send(form, [...typed, ['value', 'The colour is <green>']])
  t.equal(conflict.status, 409)
  t.match(conflict.html, /While you edited, test saved another version/)
  t.match(conflict.html, /<del>[^]*red<\/del>[^]*<ins>[^]*green/)
  t.match(conflict.html, '>\nThe colour is &lt;green&gt;</textarea>')
  t.match(await memoryOf(running, ada, 'note'), { value: 'The colour is red' })
  const again = conflict.forms.find(({ action }) => /edit$/.test(action))!
  await visitor.send(again, [...again.fields, ['value', 'The colour is <green>']])
  t.match(await memoryOf(running, ada, 'note'), { value: 'The colour is <green>', version: 3 })
})

t.test('history shows who changed what, and a version can be restored', async (t) => {
  const { ada, visitor, path } = await withNote('We meet on Monday at ten.')
  await callAs(running, ada.user_id, 'memory_update', {
    key: 'note',
    value: 'We meet on Friday at ten.',
    tags: ['work']
  })
  const page = await visitor.get(path)
  t.match(page.html, /Version 2<\/a> <span class="tag new">present[^]*by test[^]*Version 1/)
  const version = await visitor.get(`${path}/versions/2`)
  t.match(
    version.html,
    /<del><span[^>]*>removed: <\/span>Monday<\/del><ins>[^>]*>[^<]*<\/span>Friday/
  )
  t.match(version.html, /Tags<\/dt>[^]*none<\/del>[^]*work<\/ins>/)
  t.equal((await visitor.get(`${path}/versions/9`)).status, 404)
  const restored = await submitTo(visitor, `${path}/versions/1`, '/restore', {})
  t.match(restored.html, 'Version 1 is the present one again.')
  t.match(await memoryOf(running, ada, 'note'), { value: 'We meet on Monday at ten.', tags: [] })
  await undo(visitor, restored)
  t.match(await memoryOf(running, ada, 'note'), { value: 'We meet on Friday at ten.', version: 4 })
})

t.test(
  'a deleted memory is restored from its page; a new one is refused a taken key',
  async (t) => {
    const { ada, visitor, path } = await withNote('short-lived')
    const deleted = await submitTo(visitor, path, '/delete', {})
    t.match(deleted.html, 'Deleted 1 memory.')
    const gone = await visitor.get(path)
    t.equal(gone.status, 410)
    t.match(gone.html, /You can restore it until[^]*Version 1/)
    t.match((await submitTo(visitor, path, '/restore', {})).html, 'Restored 1 memory.')
    const create = (fields: Record<string, string>) =>
      submitTo(visitor, '/memories/new', '/new', fields)
    const taken = await create({ key: 'note', value: 'x' })
    t.equal(taken.status, 400)
    t.match(taken.html, /id="key-problem"[^]*Another memory has this key/)
    const created = await create({ key: 'tea', value: 'sencha '.repeat(30_000) })
    t.match(created.html, 'The memory is saved.', 'also a long value')
    t.match(await memoryOf(running, ada, 'tea'), { version: 1, importance: 0.5, type: 'normal' })
    await undo(visitor, created)
    t.equal(await memoryOf(running, ada, 'tea'), undefined)
  }
)

t.test('a memory is purged only with the typed word and a recent proof', async (t) => {
  const { ada, visitor, id, path } = await withNote('a secret')
  const csrf = await csrfOf(visitor)
  await db
    .updateTable('sessions')
    .set({ authenticated_at: new Date(Date.now() - 3_600_000) })
    .where('user_id', '=', ada.user_id)
    .execute()
  const refused = await visitor.post(`${path}/purge`, { csrf, typed_word: 'delete' })
  t.match(refused.url, '/reauthenticate?return_to=')
  t.ok(await memoryOf(running, ada, 'note'), 'without a proof nothing happens')
  const form = refused.forms.find(({ action }) => action === '/reauthenticate')!
  const question = await visitor.send(form, [...form.fields, ['current_password', PASSWORD]])
  t.match(question.html, /Delete “note” permanently\?[^]*Type “delete” to confirm/)
  const wrong = await visitor.post(`${path}/purge`, { csrf, typed_word: 'note' })
  t.match(wrong.html, /id="typed_word-problem"[^]*Type the word/)
  t.ok(await memoryOf(running, ada, 'note'))
  const purged = await visitor.post(`${path}/purge`, { csrf, typed_word: 'Delete' })
  t.match(purged.html, 'The memory is deleted permanently.')
  const versions = db.selectFrom('memory_versions').selectAll().where('memory_id', '=', id)
  t.same(await versions.execute(), [])
  t.equal((await visitor.get(path)).status, 404)
  t.match(await audited(db, 'memory.purged'), [{ details: { what: 'one', by: 'Console' } }])
})

t.test('every page of a memory is a 404 for other people', async (t) => {
  const { path } = await withNote('mine')
  const stranger = await running.signedIn((await running.person()).email)
  for (const page of ['', '/edit', '/versions/1', '/purge']) {
    t.equal((await stranger.get(path + page)).status, 404, page)
  }
})
