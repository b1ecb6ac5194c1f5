import t from 'tap'
import { runService } from '../support/running.ts'
import type { Page } from '../support/visitor.ts'

const running = await runService(t)
const admin = await running.person('admin@example.org', 'admin')
const visitor = await running.signedIn(admin.email)

function formTo(page: Page, action: string) {
  const form = page.forms.find((candidate) => candidate.action === action)
  if (!form) throw new Error(`No form to ${action} on ${page.url}`)
  return form
}
function send(page: Page, action: string, fields: Array<[string, string]>) {
  const names = new Set(fields.map(([name]) => name))
  const kept = formTo(page, action).fields.filter(([name]) => !names.has(name))
  return visitor.send(formTo(page, action), [...kept, ...fields])
}
const custom: Array<[string, string]> = [
  ['name', 'My <b>app</b>'],
  ['redirect_uris', 'https://app.example.org/callback'],
  ['scope', 'mcp:memory'],
  ['auth_method', 'client_secret_post']
]
const secretOf = ({ html }: Page) => /id="notice-secret"[^>]*><code>([^<]+)</.exec(html)?.[1]

/** Asks for a token with these credentials: a wrong code is told from a wrong client. */
async function tokenError(clientId: string, secret: string): Promise<string> {
  const answer = await fetch(`${running.url}/api/v1/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: 'none',
      redirect_uri: 'https://app.example.org/callback',
      client_id: clientId,
      client_secret: secret
    })
  })
  return ((await answer.json()) as { error: string }).error
}

t.test('an app is registered, changed, given a new secret, disabled and deleted', async (t) => {
  const created = await send(await visitor.get('/admin/clients/new'), '/admin/clients/new', custom)
  const clientId = decodeURIComponent(new URL(created.url).pathname.split('/').at(-1)!)
  const path = `/admin/clients/${clientId}`
  const secret = secretOf(created)!
  t.match(created.html, 'My &lt;b&gt;app')
  t.equal(await tokenError(clientId, secret), 'invalid_grant', 'the secret works')
  t.notMatch((await visitor.get(path)).html, secret, 'it is shown once')

  const rotated = await send(created, `${path}/rotate`, [['overlap', '3600']])
  const newSecret = secretOf(rotated)!
  t.equal(await tokenError(clientId, newSecret), 'invalid_grant')
  t.equal(await tokenError(clientId, secret), 'invalid_grant', 'the old one works for an hour')
  await send(rotated, `${path}/rotate`, [['overlap', '0']])
  t.equal(await tokenError(clientId, newSecret), 'invalid_client')

  const wrong = await send(created, `${path}/edit`, [
    ['name', 'Kept name'],
    ['redirect_uris', 'https://ok.example.org/x javascript:alert(1)'],
    ['scope', 'mcp:memory']
  ])
  t.equal(wrong.status, 400)
  t.match(wrong.html, /id="redirect_uris-problem"/)
  t.match(wrong.html, 'value="Kept name"')
  const edited = await send(created, `${path}/edit`, [
    ['name', 'Renamed'],
    ['redirect_uris', 'https://ok.example.org/x'],
    ['scope', 'mcp:graph']
  ])
  t.match(edited.html, 'Renamed')
  t.match((await visitor.get('/admin/clients?q=renamed')).html, clientId)
  t.match((await visitor.get('/admin/clients?q=zzz')).html, 'No app has this name')

  await visitor.send(formTo(edited, `${path}/disable`))
  t.equal(
    await tokenError(clientId, secretOf(await send(edited, `${path}/rotate`, []))!),
    'invalid_client'
  )
  const question = await visitor.get(`${path}/delete`)
  await visitor.send(formTo(question, `${path}/delete`))
  t.equal((await visitor.get(path)).status, 404)
  const rows = await running.app.db
    .selectFrom('audit_logs')
    .select(['action', 'user_id'])
    .where('client_id', '=', clientId)
    .where('action', 'like', 'oauth.client.%')
    .execute()
  t.ok(rows.length >= 5)
  // A row without a person counts as a stranger's, and goes after 30 days.
  for (const { action, user_id: userId } of rows) t.equal(userId, admin.user_id, action)
})

t.test('bad fields stand at their field, and nobody else gets in', async (t) => {
  const page = await visitor.get('/admin/clients/new?template=chatgpt')
  t.match(page.html, 'https://chatgpt.com/connector/oauth/*')
  for (const [field, value] of [
    ['name', ''],
    ['redirect_uris', ''],
    ['redirect_uris', 'http://example.org/cb'],
    ['auth_method', 'magic']
  ] as const) {
    const fields = custom.map(([name, text]): [string, string] =>
      name === field ? [name, value] : [name, text]
    )
    const refused = await send(page, '/admin/clients/new', fields)
    t.equal(refused.status, 400, `${field} ${value}`)
    t.match(refused.html, new RegExp(`id="${field}-problem"`))
  }
  const user = await running.person()
  const browser = await running.signedIn(user.email)
  const csrf = (await browser.get('/projects')).forms[0]!.fields
  t.equal((await browser.get('/admin/clients')).status, 403)
  t.equal((await browser.get('/admin/clients/new')).status, 403)
  t.equal((await browser.post('/admin/clients/new', [...csrf, ...custom])).status, 403)
  for (const action of ['edit', 'rotate', 'disable', 'enable', 'delete']) {
    t.equal((await browser.post(`/admin/clients/x/${action}`, csrf)).status, 403, action)
  }
  t.equal((await visitor.get('/admin/clients/none')).status, 404)
  t.equal((await visitor.get('/admin/clients/%00')).status, 404)
})
