import t from 'tap'
import { addMemoryUsage } from '../../../db/memory/usage.ts'
import { audited } from '../../cli/audited.ts'
import { kagura } from '../../cli/command.ts'
import { PASSWORD, runService } from '../../support/running.ts'
import { Visitor } from '../../support/visitor.ts'

const running = await runService(t, { MEMORY_QUOTA_COUNT: '500' })
const { db } = running.app

t.test(
  'name and email address change with the password, and errors keep what was typed',
  async (t) => {
    const [ada, bob] = [await running.person(), await running.person()]
    const visitor = await running.signedIn(ada.email)
    const change = async (fields: Record<string, string>) => {
      const page = await visitor.get('/settings/profile')
      return visitor.submit(
        page,
        fields,
        page.forms.findIndex(({ action }) => action === '/settings/profile')
      )
    }
    const next = `${crypto.randomUUID()}@example.org`
    for (const [fields, status, says] of [
      [
        { name: 'Ada', email: 'ada@example', current_password: PASSWORD },
        400,
        /id="email-problem">.*Enter a full email address/
      ],
      [
        { name: 'x'.repeat(201), email: next, current_password: PASSWORD },
        400,
        /up to 200 characters/
      ],
      [
        { name: 'Ada', email: next, current_password: 'not my password' },
        401,
        /id="current_password-problem">.*not right/
      ],
      [
        { name: 'Ada', email: bob.email.toUpperCase(), current_password: PASSWORD },
        409,
        /Another account has this email/
      ]
    ] as Array<[Record<string, string>, number, RegExp]>) {
      const page = await change(fields)
      t.equal(page.status, status, String(says))
      t.match(page.html, says)
      t.match(page.html, `value="${fields['email']}"`, 'what was typed is kept')
      t.notMatch(page.html, PASSWORD)
      t.notMatch((await visitor.get('/settings/profile')).html, says, 'said once')
    }
    const before = await db
      .selectFrom('users')
      .select(['name', 'email'])
      .where('user_id', '=', ada.user_id)
      .executeTakeFirst()
    t.same(before, { name: 'Test Person', email: ada.email })
    const saved = await change({ name: 'Ada Lovelace', email: next, current_password: PASSWORD })
    t.match(saved.html, new RegExp(`From now on you sign in with ${next}[^]*`))
    t.match(saved.html, 'value="Ada Lovelace"')
    t.match((await running.signedIn(next)).cookies.get('kagura_session'), /./)
  }
)

t.test(
  'a time zone is changed without the password, and a wrong one is explained at its field',
  async (t) => {
    const ada = await running.person()
    const visitor = await running.signedIn(ada.email)
    const change = async (timezone: string) => {
      const page = await visitor.get('/settings/language')
      return visitor.submit(
        page,
        { timezone },
        page.forms.findIndex(({ action }) => action === '/settings/timezone')
      )
    }
    const wrong = await change('Europe/Berln')
    t.equal(wrong.status, 400)
    t.match(wrong.html, /id="timezone-problem">.*Did you mean Europe\/Berlin/)
    t.match(wrong.html, 'value="Europe/Berln"')
    t.match((await change('europe/berlin')).html, /Your time zone is Europe\/Berlin/)
    t.match((await visitor.get('/settings/language')).html, 'value="Europe/Berlin"')
    t.match((await change('')).html, /Your time zone is UTC/)
  }
)

t.test(
  'the language of a person holds on the next page, and their browser is asked without it',
  async (t) => {
    const ada = await running.person()
    const visitor = await running.signedIn(ada.email)
    const page = await visitor.get('/settings/language')
    const form = page.forms.findIndex(({ action }) => action === '/settings/language')
    const refused = await visitor.submit(page, { language: 'tlh' }, form)
    t.equal(refused.status, 400)
    t.match(refused.html, /id="language-problem">/)
    const japanese = await visitor.submit(page, { language: 'ja' }, form)
    t.match(japanese.html, '<html lang="ja">')
    t.match(japanese.html, '言語を保存しました')
    const english = await visitor.submit(page, { language: '' }, form)
    t.match(english.html, '<html lang="en">')
    t.equal((await audited(db, 'user.language_changed')).length, 2)
  }
)

t.test(
  'a person sees their signed-in browsers and signs out the others, never those of others',
  async (t) => {
    const [ada, bob] = [await running.person(), await running.person()]
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
    const visitor = await running.signedIn(ada.email)
    const [second, third, his] = [
      await running.signedIn(ada.email),
      await running.signedIn(ada.email),
      await running.signedIn(bob.email)
    ]
    await db.updateTable('sessions').set({ user_agent: agent }).execute()
    const page = await visitor.get('/settings/sessions')
    t.match(page.html, 'Firefox on Linux')
    const ends = page.forms.filter(({ action }) => action === '/settings/sessions/end')
    t.equal(ends.length, 2, 'every browser but this one')
    const bobs = await his.get('/settings/sessions')
    const csrf = bobs.forms[0]!.fields.find(([name]) => name === 'csrf')!
    const foreign = await his.post('/settings/sessions/end', [csrf, ends[0]!.fields[1]!])
    t.match(foreign.html, /signed out already/, 'the id of another person is unknown')
    t.match((await visitor.send(ends[0]!)).html, /That browser is signed out/)
    const states = await Promise.all([second, third].map((browser) => browser.request('/settings')))
    t.same(states.map(({ status }) => status).toSorted(), [200, 303])
    const rest = await visitor.post('/settings/sessions/end-others', [page.forms[0]!.fields[0]!])
    t.match(rest.html, /Signed out 1 other browser\./)
    t.equal((await visitor.request('/settings')).status, 200)
    t.equal((await his.request('/settings')).status, 200)
    t.equal((await his.request('/settings/sessions/end-others', { method: 'POST' })).status, 403)
  }
)

t.test('a sign-in that succeeds is not recorded as a failure', async (t) => {
  const ada = await running.person()
  await running.signedIn(ada.email)
  const actions = (await audited(db, 'auth.login')).filter(({ user_id: id }) => id === ada.user_id)
  t.same(
    actions.map(({ action }) => action),
    ['auth.login.succeeded']
  )
})

t.test('the overview, the data page and the meaning page show the present state', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  await db
    .transaction()
    .execute((trx) => addMemoryUsage(trx, ada.user_id, { memories: 25, bytes: 3_200_000 }))
  const overview = await visitor.get('/settings')
  t.match(overview.html, '25 memories · 3.2 MB')
  t.match(overview.html, 'href="/settings/security"')
  t.match((await visitor.get('/settings/data')).html, '25 of 500')
  t.match((await visitor.get('/settings/meaning')).html, /Not set up: the search compares words/)
  const stranger = new Visitor(running.url)
  for (const path of ['', '/profile', '/password', '/sessions', '/language', '/github', '/data']) {
    t.match((await stranger.get(`/settings${path}`)).url, /\/login/, path)
  }
})

t.test(
  'everything is exported with a recent proof only, in the bytes of the command',
  async (t) => {
    const ada = await running.person()
    const visitor = await running.signedIn(ada.email)
    const { key } = await running.key(ada)
    await fetch(`${running.url}/api/v1/tools/memory_store`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ key: 'tea', value: 'Sencha 🍵 at 70 °C' })
    })
    const page = await visitor.get('/settings/export')
    const form = page.forms.find(({ action }) => action === '/settings/export')!
    const download = await visitor.request('/settings/export', {
      method: 'POST',
      body: new URLSearchParams(form.fields),
      headers: { 'sec-fetch-site': 'same-origin' }
    })
    t.match(download.headers.get('content-disposition'), /^attachment; filename="kagura-memory-/)
    const text = await download.text()
    const exported = await kagura(running.settings, ['memory', 'export', '--user', ada.email])
    t.equal(text, exported.stdout)
    t.match(text, 'Sencha 🍵')
    const notesForm = page.forms.find(({ fields }) => fields.some(([field]) => field === 'format'))!
    const notes = await visitor.request('/settings/export', {
      method: 'POST',
      body: new URLSearchParams(notesForm.fields),
      headers: { 'sec-fetch-site': 'same-origin' }
    })
    t.match(notes.headers.get('content-disposition'), /^attachment; filename="kagura.*\.zip"/)
    const archive = Buffer.from(await notes.arrayBuffer())
    t.match(archive.subarray(0, 60).toString(), /^PK.*global\/tea\.md/s)
    await ageProof(ada.user_id)
    t.match((await visitor.get('/settings/export')).url, /\/reauthenticate/)
    t.match((await visitor.send(form)).url, /\/reauthenticate/)
    t.match(await audited(db, 'memory.exported'), [{ user_id: ada.user_id }, {}, {}])
  }
)

t.test('an account is deleted by its email and a recent proof, the last admin never', async (t) => {
  const admin = await running.person(undefined, 'admin')
  const boss = await running.signedIn(admin.email)
  const refused = await boss.get('/settings/delete')
  t.equal(refused.status, 409)
  t.match(refused.html, /You are the only administrator/)
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  const { key } = await running.key(ada)
  const question = await visitor.get('/settings/delete')
  t.match(question.html, /API keys: 1/)
  const form = question.forms.findIndex(({ action }) => action === '/settings/delete')
  const wrong = await visitor.submit(question, { typed_word: 'yes' }, form)
  t.equal(wrong.status, 400)
  t.match(wrong.html, /id="typed_word-problem">/)
  await ageProof(ada.user_id)
  const unproven = await visitor.submit(question, { typed_word: ada.email }, form)
  t.match(unproven.url, /\/reauthenticate/)
  await db.updateTable('sessions').set({ authenticated_at: new Date() }).execute()
  const [signOut] = (await boss.get('/settings/profile')).forms
  const csrf = signOut!.fields[0]!
  const forced = await boss.post('/settings/delete', [csrf, ['typed_word', admin.email]])
  t.equal(forced.status, 409, 'the form of the last administrator is refused, too')
  const deleted = await visitor.submit(question, { typed_word: ada.email }, form)
  t.match(deleted.html, /Your account is deleted/)
  t.equal((await visitor.request('/settings')).status, 303)
  const answer = await fetch(`${running.url}/api/v1/tools`, { headers: { 'x-api-key': key } })
  t.equal(answer.status, 401)
  t.equal((await db.selectFrom('users').where('email', '=', ada.email).execute()).length, 0)
  t.match(await audited(db, 'user.deleted'), [{ user_id: ada.user_id, details: { keys: 1 } }])
})

/** Makes the person's last proof of who they are an hour old. */
async function ageProof(userId: string): Promise<void> {
  const hourAgo = new Date(Date.now() - 3_600_000)
  await db
    .updateTable('sessions')
    .set({ authenticated_at: hourAgo })
    .where('user_id', '=', userId)
    .execute()
}
