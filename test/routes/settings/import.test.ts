import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { harbour, listed } from '../../domain/memory/transfer/chatgpt-export.ts'
import { audited } from '../../cli/audited.ts'
import { runService } from '../../support/running.ts'
import type { Page, Visitor } from '../../support/visitor.ts'
import { makeZip } from '../../support/zip.ts'

const running = await runService(t, { MAX_IMPORT_MB: '1' })
const { db } = running.app
const PATH = '/settings/import'
const conversations = JSON.stringify([harbour, listed])
const chatgptZip = makeZip([
  { name: 'conversations.json', content: conversations },
  { name: 'chat.html', content: '<html>' },
  { name: 'user.json', content: '{}' }
])

/** Uploads a file as a browser does: the fields of the form, then the file. */
async function upload(
  visitor: Visitor,
  file: Buffer | string,
  { name = 'export.zip', fields = {} as Record<string, string>, headers = {} } = {}
): Promise<Response> {
  const page = await visitor.get(PATH)
  const csrf = page.forms[0]!.fields.find(([field]) => field === 'csrf')![1]
  const body = new FormData()
  for (const [field, value] of Object.entries({ csrf, from: '', ...fields })) {
    body.append(field, value)
  }
  body.append('file', new Blob([new Uint8Array(Buffer.from(file))]), name)
  return visitor.request(PATH, {
    method: 'POST',
    body,
    headers: { 'sec-fetch-site': 'same-origin', ...headers }
  })
}

/** The page once the import is in a state of these words. */
async function settled(visitor: Visitor, words: RegExp): Promise<Page> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const page = await visitor.get(PATH)
    if (words.test(page.html)) return page
    await setTimeout(50)
  }
  throw new Error(`The import does not become ${words}:\n${(await visitor.get(PATH)).html}`)
}

function press(visitor: Visitor, page: Page, action: string): Promise<Page> {
  return visitor.send(page.forms.find((form) => form.action === `${PATH}/${action}`)!)
}

async function keysOf(userId: string): Promise<string[]> {
  const rows = await db.selectFrom('memories').select('key').where('user_id', '=', userId).execute()
  return rows.map(({ key }) => key).toSorted()
}

t.test(
  'a zip of ChatGPT is examined, imported and taken back, each when the person says so',
  async (t) => {
    const ada = await running.person()
    const visitor = await running.signedIn(ada.email)
    t.equal((await upload(visitor, chatgptZip)).status, 303)
    const ready = await settled(visitor, /Ready to import/)
    t.match(ready.html, /from ChatGPT/)
    t.match(ready.html, /<dt>New memories<\/dt><dd>12<\/dd>/)
    t.match(ready.html, /Buying a lighthouse/, 'the first of them are shown')
    t.same(await keysOf(ada.user_id), [], 'examining changes nothing')
    t.equal((await upload(visitor, chatgptZip)).status, 303)
    t.match((await visitor.get(PATH)).html, /You have an import that has not ended/)
    await press(visitor, ready, 'confirm')
    const done = await settled(visitor, />Imported</)
    t.equal((await keysOf(ada.user_id)).length, 12)
    t.notMatch(done.html, /Wants to buy a lighthouse/, 'the examples are not kept')
    t.match(await audited(db, 'memory.imported'), [
      { user_id: ada.user_id, details: { created: 12 } }
    ])
    const bob = await running.person()
    const his = await running.signedIn(bob.email)
    const [signOut] = (await his.get(PATH)).forms
    const importId = done.forms.find(({ action }) => action === `${PATH}/undo`)!.fields[1]!
    const foreign = await his.post(`${PATH}/undo`, [signOut!.fields[0]!, importId])
    t.equal(foreign.status, 409, 'the import of another person does not exist')
    await press(visitor, done, 'undo')
    const undone = await settled(visitor, />Taken back</)
    t.match(undone.html, /Took back 12 memories/)
    t.same(await keysOf(ada.user_id), [])
    t.match(await audited(db, 'memory.undone'), [
      { user_id: ada.user_id, details: { memories: 12 } }
    ])
  }
)

t.test('an export of everything comes back whole, and its undo takes it away again', async (t) => {
  const [ada, bob] = [await running.person(), await running.person()]
  const visitor = await running.signedIn(ada.email)
  const { key } = await running.key(ada)
  for (const value of ['first', 'second']) {
    await fetch(`${running.url}/api/v1/tools/memory_store`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ key: 'tea', value })
    })
  }
  const form = (await visitor.get('/settings/export')).forms.find(
    ({ action }) => action === '/settings/export'
  )!
  const exportOf = async (browser: Visitor, fields: Array<[string, string]>) => {
    const answer = await browser.request('/settings/export', {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { 'sec-fetch-site': 'same-origin' }
    })
    return answer.text()
  }
  const exported = await exportOf(visitor, form.fields)
  const his = await running.signedIn(bob.email)
  await upload(his, exported, { name: 'kagura.jsonl' })
  const ready = await settled(his, /Ready to import/)
  t.match(ready.html, /from Kagura Memory/)
  t.same(await keysOf(bob.user_id), [])
  await press(his, ready, 'confirm')
  const done = await settled(his, />Imported</)
  t.same(await keysOf(bob.user_id), ['tea'])
  const versions = await db
    .selectFrom('memory_versions')
    .select(['value', 'source'])
    .where('user_id', '=', bob.user_id)
    .execute()
  t.match(versions, [{ value: 'first', source: { kind: 'api_key', name: 'test' } }])
  await press(his, done, 'undo')
  await settled(his, />Taken back</)
  t.same(await keysOf(bob.user_id), [], 'it is deleted, not turned back to its first version')
})

t.test(
  'a file that cannot be imported is refused with its entry and line, and leaves nothing',
  async (t) => {
    const ada = await running.person()
    const visitor = await running.signedIn(ada.email)
    const broken = `${conversations.slice(0, -1)}, {"mapping": 7}]`
    const bomb = makeZip([{ name: 'conversations.json', content: Buffer.alloc(11_000_000, '[') }])
    for (const [file, name, words] of [
      ['not json', 'x.json', /of no known format/],
      [
        `{"type":"export","format":"kagura-memory","version":1}\n{"type":"memory"}`,
        'k.jsonl',
        /Line 2 /
      ],
      ['PK\u0003\u0004 no more', 'x.zip', /not a valid zip archive/],
      [
        makeZip([{ name: '../../conversations.json', content: '[]' }]),
        'x.zip',
        /invalid relative path/
      ],
      [
        makeZip([{ name: 'a/conversations.json', content: conversations, statedSize: 9 }]),
        'x.zip',
        /conversations\.json is broken/
      ],
      [
        bomb,
        'x.zip',
        /conversations\.json unpacks to 11000000 bytes, which is far more than text does/
      ],
      [makeZip([{ name: 'inner.zip', content: 'PK' }]), 'x.zip', /of no known format/]
    ] as Array<[string | Buffer, string, RegExp]>) {
      t.equal((await upload(visitor, file, { name })).status, 303, name)
      const failed = await settled(visitor, />Not imported</)
      t.match(failed.html, words)
      t.match(failed.html, /Nothing was changed/)
      await db.deleteFrom('import_jobs').execute()
    }
    const zip = makeZip([{ name: 'x/conversations.json', content: broken }])
    await upload(visitor, zip, { fields: { from: 'chatgpt' } })
    const ready = await settled(visitor, /Ready to import/)
    t.match(ready.html, /1 broken part.*x\/conversations\.json, line 1, element 3/s)
    t.match((await press(visitor, ready, 'stop')).html, /Upload and examine/)
    t.same(await keysOf(ada.user_id), [])
    await settled(visitor, /Upload and examine/)
    t.same(await uploadsLeft(), [], 'no uploaded file is left')
  }
)

t.test(
  'an upload needs the form of this person, from this site, and a small enough file',
  async (t) => {
    const [ada, reader] = [await running.person(), await running.person(undefined, 'read_only')]
    const visitor = await running.signedIn(ada.email)
    const forged = await upload(visitor, chatgptZip, { fields: { csrf: 'forged' } })
    t.equal(forged.status, 403)
    const cross = await upload(visitor, chatgptZip, { headers: { 'sec-fetch-site': 'cross-site' } })
    t.equal(cross.status, 403)
    const late = new FormData()
    late.append('file', new Blob(['[]']), 'x.json')
    const csrf = (await visitor.get(PATH)).forms[0]!.fields[0]![1]
    late.append('csrf', csrf)
    const headers = { 'sec-fetch-site': 'same-origin' }
    const outOfOrder = await visitor.request(PATH, { method: 'POST', body: late, headers })
    t.equal(outOfOrder.status, 403, 'the token comes before the file')
    const his = await running.signedIn(reader.email)
    t.equal((await upload(his, chatgptZip)).status, 403, 'an account that may only read')
    t.same(await db.selectFrom('import_jobs').select('import_id').execute(), [])
    await upload(visitor, Buffer.alloc(1_100_000))
    const large = await visitor.get(PATH)
    t.equal(large.status, 413)
    t.match(large.html, /id="file-problem">.*larger than 1 MB/)
    await upload(visitor, '')
    t.match((await visitor.get(PATH)).html, /id="file-problem">.*Choose a file/)
    await upload(visitor, '[]', { fields: { from: 'notion' } })
    t.match((await visitor.get(PATH)).html, /id="from-problem">/)
  }
)

/**
 * The uploaded files that are left after five seconds. The page tells the end of an import just
 * before its file goes, and other test files may import at the same time.
 */
async function uploadsLeft(): Promise<string[]> {
  const listUploads = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith('kagura-import-'))
  for (let tries = 0; tries < 50 && listUploads().length > 0; tries++) await setTimeout(100)
  return listUploads()
}
