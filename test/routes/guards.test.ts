import { sql } from 'kysely'
import t from 'tap'
import { consoleRoutes, fillPath } from '../support/console-routes.ts'
import { runService } from '../support/running.ts'
import type { Visitor } from '../support/visitor.ts'

const running = await runService(t)
const { app } = running
const person = await running.person('person@example.org', 'admin')
const stranger = await running.person('stranger@example.org')
const administrator = await running.signedIn(person.email)
const { key_id: keyId } = await running.key(person)

const csrfOf = async (browser: Visitor) =>
  (await browser.get('/projects')).forms.find(({ action }) => action === '/logout')!.fields
const { url: clientUrl } = await administrator.post('/admin/clients/new', [
  ...(await csrfOf(administrator)),
  ['name', 'An app'],
  ['redirect_uris', 'https://app.example.org/callback'],
  ['scope', 'mcp:memory'],
  ['auth_method', 'client_secret_post']
])

/** Values of the parameters of URLs. Guards come before most of them are looked up. */
const values = {
  memory_id: 'a-memory',
  version: '1',
  project_id: 'heronry',
  session_id: 'walk',
  app_id: keyId,
  call: '1',
  client_id: decodeURIComponent(new URL(clientUrl).pathname.split('/').at(-1)!),
  user_id: stranger.user_id,
  client: 'claude-code',
  import_id: 'none'
}
const routes = consoleRoutes(app)

/** The routes of the method whose answer is such, in order. */
async function answering(
  browser: Visitor,
  method: 'GET' | 'POST',
  isSuch: (answer: Response, text: string) => boolean
): Promise<string[]> {
  const csrf = method === 'POST' ? new URLSearchParams(await csrfOf(browser)) : undefined
  const matching: string[] = []
  for (const { path } of routes.filter(({ methods }) => methods.includes(method))) {
    const answer = await browser.request(fillPath(path, values), {
      method,
      headers: { 'sec-fetch-site': 'same-origin' },
      ...(csrf && { body: csrf })
    })
    if (isSuch(answer, await answer.text())) matching.push(path)
  }
  return matching
}

t.test('an account that may only read changes no memory, link or project', async (t) => {
  const reader = await running.person('reader@example.org', 'read_only')
  const browser = await running.signedIn(reader.email)
  const isRefused = ({ status }: Response, text: string) =>
    status === 403 && text.includes('may read memories but not change them')
  t.strictSame(await answering(browser, 'POST', isRefused), [
    '/apps/:app_id/capture',
    '/apps/:app_id/undo',
    '/graph/relink',
    '/graph/unlink',
    '/memories/:memory_id/delete',
    '/memories/:memory_id/edit',
    '/memories/:memory_id/pin',
    '/memories/:memory_id/purge',
    '/memories/:memory_id/restore',
    '/memories/change',
    '/memories/new',
    '/memories/undo',
    '/projects/:project_id/capture',
    '/projects/:project_id/delete',
    '/projects/:project_id/delete-index',
    '/projects/:project_id/sessions/:session_id/delete',
    '/settings/import',
    '/settings/import/confirm',
    '/settings/import/stop',
    '/settings/import/undo'
  ])
})

t.test('what needs a proof of the last ten minutes is refused without one', async (t) => {
  await app.db
    .updateTable('sessions')
    .set({ authenticated_at: sql`now() - interval '11 minutes'` })
    .execute()
  const leadsToProof = ({ status, headers }: Response) =>
    status === 303 && headers.get('location')!.startsWith('/reauthenticate?')
  const forms = [
    '/admin/clients/:client_id/delete',
    '/admin/clients/new',
    '/admin/people/:user_id/delete',
    '/apps/keys',
    '/memories/:memory_id/purge',
    '/settings/delete',
    '/settings/export',
    '/settings/security/authenticator',
    '/settings/security/authenticator/remove',
    '/settings/security/passkeys/new',
    '/settings/security/passkeys/remove',
    '/settings/security/provider/remove',
    '/settings/security/recovery-codes'
  ]
  t.strictSame(await answering(administrator, 'GET', leadsToProof), forms)
  const actions = [
    '/admin/clients/:client_id/disable',
    '/admin/clients/:client_id/edit',
    '/admin/clients/:client_id/enable',
    '/admin/clients/:client_id/rotate',
    '/admin/people/:user_id/disable',
    '/admin/people/:user_id/enable',
    '/admin/people/:user_id/reset-link',
    '/admin/people/:user_id/role',
    '/admin/people/invite',
    '/connect/:client/key',
    '/reauthenticate', // asks again
    '/reauthenticate/passkey'
  ]
  t.strictSame(await answering(administrator, 'POST', leadsToProof), [...forms, ...actions].sort())
})
