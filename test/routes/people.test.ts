import t from 'tap'
import { noteSecret } from '../support/secret-scan.ts'
import { PASSWORD, runService } from '../support/running.ts'
import { type Page, Visitor } from '../support/visitor.ts'

const newPassword = noteSecret('a chosen password', 'plum rocket harbour 41')
const running = await runService(t)
const { db } = running.app
const admin = await running.person('admin@example.org', 'admin')
const visitor = await running.signedIn(admin.email)

function formTo(page: Page, action: string) {
  const form = page.forms.find((candidate) => candidate.action === action)
  if (!form) throw new Error(`No form to ${action} on ${page.url}`)
  return form
}

/** Sends a form of a page with these fields beside the hidden ones. */
function send(browser: Visitor, page: Page, action: string, fields: Record<string, string>) {
  const form = formTo(page, action)
  const kept = form.fields.filter(([name]) => !(name in fields))
  return browser.send(form, [...kept, ...Object.entries(fields)])
}

/** The link that a page shows once, as a path. */
function linkOf({ html }: Page): string {
  const url = /id="notice-secret"[^>]*><code>([^<]+)</.exec(html)?.[1]
  if (!url) throw new Error(`No link in ${html}`)
  return url.replace(running.url, '')
}

t.test('an invited person makes an account, and the link works once', async (t) => {
  const page = await visitor.get('/admin/people')
  const invited = await send(visitor, page, '/admin/people/invite', {
    email: 'grace@example.org',
    role: 'read_only'
  })
  const link = linkOf(invited)
  t.notMatch((await visitor.get('/admin/people')).html, link, 'no later page shows it')
  const rows = await db.selectFrom('account_links').selectAll().execute()
  t.notMatch(JSON.stringify(rows), link.split('=')[1]!, 'only its digest is stored')

  const guest = new Visitor(running.url)
  const welcome = await guest.get(link)
  t.match(welcome.html, 'grace@example.org')
  const refused = await send(guest, welcome, '/invite', { name: 'Grace', password: 'password' })
  t.equal(refused.status, 400)
  t.match(refused.html, /id="password-problem"/)
  t.match(refused.html, 'value="Grace"', 'the name is kept')
  const [first, second] = await Promise.all(
    [guest, new Visitor(running.url)].map((browser) =>
      send(browser, welcome, '/invite', { name: 'Grace', password: newPassword })
    )
  )
  t.same([first!.status, second!.status].sort(), [200, 403], 'of two at one instant one gets in')
  t.equal((await guest.get(link)).status, 403)
  const user = await db
    .selectFrom('users')
    .selectAll()
    .where('email', '=', 'grace@example.org')
    .executeTakeFirstOrThrow()
  t.match(user, { role: 'read_only', name: 'Grace' })
})

t.test('an invitation names a free address, and can be revoked', async (t) => {
  const page = await visitor.get('/admin/people')
  for (const email of [admin.email, 'no address', '']) {
    const refused = await send(visitor, page, '/admin/people/invite', { email, role: 'user' })
    t.equal(refused.status, 400, email)
  }
  const wrongRole = await send(visitor, page, '/admin/people/invite', {
    email: 'x@example.org',
    role: 'root'
  })
  t.equal(wrongRole.status, 400)
  const invited = await send(visitor, page, '/admin/people/invite', {
    email: 'alan@example.org',
    role: 'user'
  })
  const link = linkOf(invited)
  await visitor.send(formTo(invited, '/admin/people/invite/revoke'))
  t.equal((await new Visitor(running.url).get(link)).status, 403)
  const again = await visitor.send(formTo(invited, '/admin/people/invite/revoke'))
  t.equal(again.status, 409)
})

t.test('a password link sets the password once and ends all sessions', async (t) => {
  const user = await running.person()
  const browser = await running.signedIn(user.email)
  const page = await visitor.get(`/admin/people/${user.user_id}`)
  const link = linkOf(await visitor.send(formTo(page, `/admin/people/${user.user_id}/reset-link`)))
  t.equal((await new Visitor(running.url).get(link.replace('/reset', '/invite'))).status, 403)
  const guest = new Visitor(running.url)
  const form = await guest.get(link)
  const done = await send(guest, form, '/reset', { password: newPassword })
  t.match(done.url, /\/login$/)
  t.match((await browser.get('/settings')).url, /\/login/, 'the old session has ended')
  t.equal((await guest.get(link)).status, 403)
  t.match((await new Visitor(running.url).signIn(user.email, newPassword)).url, /\/$/)
  t.equal((await new Visitor(running.url).signIn(user.email, PASSWORD)).status, 401)
})

t.test('role, access and deletion change what a person can do at once', async (t) => {
  const user = await running.person()
  const path = `/admin/people/${user.user_id}`
  const browser = await running.signedIn(user.email)
  await send(visitor, await visitor.get(path), `${path}/role`, { role: 'admin' })
  t.equal((await browser.get('/admin/people')).status, 200)
  await send(visitor, await visitor.get(path), `${path}/role`, { role: 'user' })
  t.equal((await browser.get('/admin/people')).status, 403)
  const disabled = await visitor.send(formTo(await visitor.get(path), `${path}/disable`))
  t.match(disabled.html, 'disabled')
  t.match((await browser.get('/settings')).url, /\/login/)
  t.equal((await new Visitor(running.url).signIn(user.email, PASSWORD)).status, 401)
  await visitor.send(formTo(disabled, `${path}/enable`))
  const question = await visitor.get(`${path}/delete`)
  const wrong = await send(visitor, question, `${path}/delete`, { typed_word: 'yes' })
  t.equal(wrong.status, 400)
  await send(visitor, question, `${path}/delete`, { typed_word: user.email })
  t.equal((await visitor.get(path)).status, 404)
})

t.test('the audit log says which administrator changed an account', async (t) => {
  const user = await running.person()
  const path = `/admin/people/${user.user_id}`
  const page = await visitor.get(path)
  t.equal((await send(visitor, page, `${path}/role`, { role: 'root' })).status, 400)
  await send(visitor, page, `${path}/role`, { role: 'read_only' })
  await visitor.send(formTo(page, `${path}/disable`))
  await visitor.send(formTo(page, `${path}/reset-link`))
  const rows = await db
    .selectFrom('audit_logs')
    .select(['action', 'details'])
    .where('user_id', '=', user.user_id)
    .where('action', 'in', ['user.role_changed', 'user.disabled', 'user.reset_link_created'])
    .execute()
  t.equal(rows.length, 3)
  for (const { action, details } of rows) t.match(details, { by: admin.user_id }, action)
})

t.test('the last administrator stays, and nobody else gets in', async (t) => {
  const path = `/admin/people/${admin.user_id}`
  const page = await visitor.get(path)
  for (const [action, fields] of [
    ['role', { role: 'user' }],
    ['disable', {}]
  ] as const) {
    t.equal((await send(visitor, page, `${path}/${action}`, fields)).status, 409, action)
  }
  const question = await visitor.get(`${path}/delete`)
  const refused = await send(visitor, question, `${path}/delete`, { typed_word: admin.email })
  t.equal(refused.status, 409)

  const user = await running.person()
  const browser = await running.signedIn(user.email)
  const csrf = (await browser.get('/projects')).forms[0]!.fields
  for (const url of ['/admin/people', path, `${path}/delete`]) {
    t.equal((await browser.get(url)).status, 403, url)
  }
  for (const action of ['role', 'disable', 'enable', 'reset-link', 'delete']) {
    t.equal((await browser.post(`${path}/${action}`, csrf)).status, 403, action)
  }
  t.equal((await browser.post('/admin/people/invite', csrf)).status, 403)
  await db
    .updateTable('sessions')
    .set({ authenticated_at: new Date(0) })
    .where('user_id', '=', admin.user_id)
    .execute()
  const stale = await send(visitor, page, `${path}/role`, { role: 'admin' })
  t.match(stale.url, /\/reauthenticate/, 'after ten minutes the administrator proves it again')
})
