import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import t from 'tap'
import { insertAuditLog } from '../../db/audit/audit-logs.ts'
import { catalogues } from '../../views/texts/index.ts'
import { post, toolsCall } from '../support/mcp-client.ts'
import { runService } from '../support/running.ts'
import { projectFiles, root } from '../support/sources.ts'

const adminPassword = 'an unusual admin passphrase'
const running = await runService(t, {
  BRAVE_SEARCH_API_KEY: 'brave-secret-value',
  OUTBOUND_PROXY: 'http://proxy:proxy-secret@127.0.0.1:9'
})
const { app } = running
const admin = await running.person('admin@example.org', 'admin')
const user = await running.person('user@example.org')
const adminVisitor = await running.signedIn(admin.email)

t.test('only administrators see the audit log and the server', async (t) => {
  const visitor = await running.signedIn(user.email)
  for (const path of ['/admin/audit', '/admin/audit/csv', '/admin/server']) {
    t.equal((await visitor.get(path)).status, 403, path)
    t.equal((await adminVisitor.get(path)).status, 200, path)
  }
})

t.test('the audit log filters by person, app, event, request and time', async (t) => {
  const entry = { client_id: 'hostile "><script>', user_agent: '=1+1', details: { x: '</dd>' } }
  await insertAuditLog(app.db, {
    action: 'oauth.token.refused',
    user_id: user.user_id,
    reason: 'unknown_code',
    request_id: 'request-1',
    ...entry
  })
  const countOf = async (query: string) =>
    (await adminVisitor.get(`/admin/audit?${query}`)).html.match(/<li><div class="grow">/g)
      ?.length ?? 0
  t.equal(await countOf('request=request-1'), 1)
  t.equal(await countOf('action=oauth.token.refused'), 1)
  t.equal(await countOf(`client=${encodeURIComponent(entry.client_id)}`), 1)
  t.ok((await countOf('person=USER@example.org')) >= 2, 'the sign-in of the first test, and this')
  t.equal(await countOf('person=nobody@example.org'), 0)
  t.equal(await countOf('request=request-1&when=2020'), 0)
  const { html } = await adminVisitor.get('/admin/audit?request=request-1')
  t.notMatch(html, '<script>')
  t.match(html, '&lt;/dd&gt;')
  t.equal((await adminVisitor.get('/admin/audit?when=blursday')).status, 400)
  t.equal((await adminVisitor.get('/admin/audit?before=x&person=%00')).status, 200)
  const csv = await adminVisitor.request('/admin/audit/csv?request=request-1')
  t.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8')
  const text = await csv.text()
  t.match(text, "'=1+1", 'no cell is a formula')
  t.equal(text.trim().split('\n').length, 2)
})

t.test('the list of events continues on the next page', async (t) => {
  for (let n = 0; n < 60; n++) await insertAuditLog(app.db, { action: 'key.created' })
  const first = await adminVisitor.get('/admin/audit?action=key.created')
  const next = /href="(\/admin\/audit\?action=key\.created&amp;before=\d+)"/.exec(first.html)![1]!
  const second = await adminVisitor.get(next.replace('&amp;', '&'))
  t.equal(second.html.match(/<li><div class="grow">/g)!.length, 10)
})

t.test('an administrator with memories is told when there is no recent backup', async (t) => {
  const isWarned = async (visitor = adminVisitor) =>
    (await visitor.get('/')).html.includes('href="/admin/server#backup"')
  t.notOk(await isWarned(), 'there is nothing to lose yet')
  for (const person of [admin, user]) {
    const { key } = await running.key(person)
    for (let n = 0; n < 10; n++) {
      const stored = toolsCall('memory_store', { key: `note-${n}`, value: `walrus ${n}` })
      await post(`${running.url}/mcp`, key, stored)
    }
  }
  t.ok(await isWarned())
  t.notOk(await isWarned(await running.signedIn(user.email)), 'who cannot make one')
  await insertAuditLog(app.db, { action: 'server.backed_up' })
  t.notOk(await isWarned())
  await sql`update audit_logs set created_at = now() - interval '15 days'
    where action = 'server.backed_up'`.execute(app.db)
  t.ok(await isWarned(), 'it is old')
})

t.test('the server page shows settings and checks, and no secret', async (t) => {
  const { html } = await adminVisitor.get('/admin/server?checks=run')
  t.match(html, 'BRAVE_SEARCH_API_KEY')
  t.match(html, /check(s)? (failed|passed)/)
  t.match(html, 'id="report"')
  for (const secret of ['brave-secret-value', 'proxy-secret', adminPassword]) {
    t.notMatch(html, secret)
  }
  const databaseUrl = app.config.DATABASE_URL
  const password = databaseUrl && new URL(databaseUrl).password
  if (password) t.notMatch(html, password)
})

t.test('every event that the code records has a sentence', async (t) => {
  const recorded = new Set(
    projectFiles()
      .filter((file) => /^(plugins|routes|domain|db|cli)\/.*\.ts$/.test(file))
      .flatMap((file) => [
        ...readFileSync(join(root, file), 'utf8').matchAll(
          /(?:audit\w*\(\s*|action: |\? |: )'((?:auth|user|key|memory|coding|oauth|request|page|client|admin|app|import)\.[a-z_.]+)'/g
        )
      ])
      .map(([, action]) => action!)
  )
  t.ok(recorded.size > 30, 'the code is read')
  const missing = [...recorded].filter((action) => !(action in catalogues.en.audit.actions))
  t.same(missing, [])
})
