import t, { type Test } from 'tap'
import { updateLanguage } from '../../db/people/users.ts'
import { PASSWORD, runService } from '../support/running.ts'
import { Visitor } from '../support/visitor.ts'

const running = await runService(t)
const { app } = running
const japanese = { 'accept-language': 'ja' }

/** Runs of four English words or more that a person sees: neither code nor what people typed. */
function englishIn(html: string): string[] {
  const visible = html
    .replace(/<(head|code|pre|script|bdi class="data"|option|svg)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<dd class="id">[\s\S]*?<\/dd>/g, ' ')
    .replace(/「npx kagura[^」]*」|npx kagura [\w -]+/g, ' ')
    .replace(/「claude mcp[^」]*」/g, ' ')
    .replace(/<[^>]*>/g, ' ')
  return visible.match(/[A-Za-z][a-z']+(?:,? [A-Za-z][a-z']+){3,}/g) ?? []
}

function requireJapanese(t: Test, html: string, name: string) {
  t.match(html, '<html lang="ja">', name)
  t.same(englishIn(html), [], name)
}

t.test('a Japanese reader gets every refusal of a form in Japanese', async (t) => {
  const person = await running.person(undefined, 'admin')
  await updateLanguage(app.db, person.user_id, 'ja')
  const browser = await running.signedIn(person.email)
  const csrf = (await browser.get('/projects')).forms.find(({ action }) => action === '/logout')!
  const secret = Object.fromEntries(csrf.fields) as Record<string, string>
  const forms: Array<[string, Record<string, string>]> = [
    ['/settings/password', { current_password: PASSWORD, new_password: 'short' }],
    ['/settings/password', { current_password: PASSWORD, new_password: 'password123' }],
    ['/settings/password', { current_password: PASSWORD, new_password: 'x'.repeat(1025) }],
    [
      '/settings/password',
      { current_password: 'wrong', new_password: 'a fine long phrase of mine' }
    ],
    ['/settings/profile', { name: 'x', email: 'nobody', current_password: PASSWORD }],
    ['/settings/profile', { name: 'x', email: `${'a'.repeat(300)}@example.org` }],
    ['/settings/timezone', { timezone: 'Mars/Base' }],
    ['/settings/import', { kind: 'none' }],
    ['/memories/new', { key: '', value: '' }],
    ['/memories/change', { action: 'delete' }],
    ['/memories/change', { action: 'add_tag', memory_id: 'none' }],
    ['/apps/keys', { name: '' }],
    ['/admin/people/invite', { email: 'nobody' }],
    ['/admin/clients/new', { name: '', redirect_uris: 'http://a b', scope: 'x' }]
  ]
  for (const [path, fields] of forms) {
    const { html } = await browser.post(path, { ...secret, ...fields })
    requireJapanese(t, html, `${path} ${JSON.stringify(fields).slice(0, 60)}`)
  }
  for (const path of ['/timeline?when=zzz', '/memories?when=zzz', '/admin/audit?when=zzz']) {
    requireJapanese(t, (await browser.get(path)).html, path)
  }
  requireJapanese(t, (await browser.post('/memories/new', {})).html, 'without a secret')
  const crossSite = { 'sec-fetch-site': 'cross-site' }
  requireJapanese(t, (await browser.post('/logout', secret, crossSite)).html, 'from elsewhere')
  for (const path of ['/nothing', '/memories/none', '/apps/none', '/graph?node=none']) {
    requireJapanese(t, (await browser.get(path)).html, path)
  }
})

t.test('a Japanese visitor who is not signed in gets refusals in Japanese', async (t) => {
  const visitor = new Visitor(running.url)
  const authorize = '/api/v1/oauth/authorize?response_type=code'
  const paths = [
    authorize,
    `${authorize}&client_id=unknown`,
    `${authorize}&client_id=unknown&client_id=again`,
    '/setup?token=none',
    '/invite?token=none',
    '/reset?token=none',
    '/login/oidc',
    '/nothing'
  ]
  for (const path of paths) requireJapanese(t, (await visitor.get(path, japanese)).html, path)
  await visitor.post('/login', { email: 'a@b.example', password: 'no' }, japanese)
  requireJapanese(t, (await visitor.get('/login', japanese)).html, 'sign-in')
  const large = await visitor.post('/login', { email: 'a'.repeat(100_000) }, japanese)
  requireJapanese(t, large.html, 'too much')
})
