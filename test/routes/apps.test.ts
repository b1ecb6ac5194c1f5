import t from 'tap'
import { appIdOf } from '../../lib/app-id.ts'
import { audited } from '../cli/audited.ts'
import { kaguraJson } from '../cli/command.ts'
import { call, connectClient } from '../support/mcp-client.ts'
import { runService } from '../support/running.ts'
import type { Page } from '../support/visitor.ts'

const running = await runService(t)
const { app } = running
const { db } = app
const hostileText = '<script>alert(1)</script>'

async function owner(name = 'laptop') {
  const user = await running.person()
  const key = await running.key(user)
  await db.updateTable('api_keys').set({ name }).where('key_id', '=', key.key_id).execute()
  const client = await connectClient(t, running.url, key.key)
  return { user, key, client, visitor: await running.signedIn(user.email) }
}

/** Makes a client with two installations of the person, without tokens. */
async function grantOf(userId: string) {
  const clientId = `https://client.example/${crypto.randomUUID()}`
  await db
    .insertInto('oauth_clients')
    .values({
      client_id: clientId,
      client_name: `Robot ${hostileText}`,
      redirect_uris: '[]',
      grant_types: '[]',
      response_types: '[]',
      token_endpoint_auth_methods: 'null'
    })
    .execute()
  const { grant_id: grantId } = await db
    .insertInto('oauth_grants')
    .values({
      user_id: userId,
      client_id: clientId,
      resource: app.mcpUrl,
      scope: 'mcp:memory mcp:coding',
      ip_address: '203.0.113.9',
      user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0'
    })
    .returning('grant_id')
    .executeTakeFirstOrThrow()
  await db
    .insertInto('oauth_tokens')
    .values({
      grant_id: grantId,
      client_id: clientId,
      user_id: userId,
      access_token_hash: crypto.randomUUID(),
      scope: 'mcp:memory mcp:coding',
      resource: app.mcpUrl
    })
    .execute()
  return { clientId, grantId, path: `/apps/${appIdOf(clientId)}` }
}

function formTo(page: Page, action: string) {
  const form = page.forms.find(
    (candidate) => candidate.action === action && candidate.method === 'post'
  )
  if (!form) throw new Error(`No form to ${action} on ${page.url}`)
  return form
}

async function toolNames(key: string, query = ''): Promise<string[]> {
  const answer = await fetch(`${running.url}/api/v1/tools${query}`, {
    headers: { 'x-api-key': key }
  })
  const { tools } = (await answer.json()) as { tools: Array<{ name: string }> }
  return tools.map(({ name }) => name)
}

t.test('an app’s permissions go down and up again, and its tool list follows', async (t) => {
  const { key, visitor, user } = await owner(`laptop ${hostileText}`)
  const path = `/apps/${key.key_id}`
  const list = await visitor.get('/apps')
  t.match(list.html, `href="${path}"`)
  t.notMatch(list.html, hostileText)
  const page = await visitor.get(path)
  const [csrf] = formTo(page, `${path}/limits`).fields
  const limit = (...fields: Array<[string, string]>) =>
    visitor.post(`${path}/limits`, [csrf!, ...fields])
  await limit(['group', 'memory'], ['access', 'read'], ['reach', 'all'])
  const narrowed = await toolNames(key.key)
  t.ok(narrowed.includes('memory_search'))
  t.notOk(narrowed.includes('memory_store'), 'read only')
  t.notOk(narrowed.includes('coding_start_session'), 'another group')
  t.match((await visitor.get('/apps')).html, 'read only')
  const none = await limit(['access', 'full'], ['reach', 'all'])
  t.equal(none.status, 400)
  t.match(none.html, 'Select at least one permission')
  t.equal((await limit(['group', 'memory'], ['reach', 'namespaces'])).status, 400)
  t.same(await toolNames(key.key), narrowed, 'a refused form changes nothing')
  await limit(
    ...['memory', 'coding', 'graph', 'web'].map((group) => ['group', group] as [string, string])
  )
  t.ok((await toolNames(key.key)).includes('coding_start_session'), 'all that was granted is back')
  await visitor.post(`${path}/tools`, [csrf!, ['tool_list', 'essential']])
  const essential = await toolNames(key.key)
  t.ok(essential.includes('memory_store') && !essential.includes('coding_start_session'))
  t.ok(
    (await toolNames(key.key, '?profile=full')).includes('coding_start_session'),
    'the URL counts more'
  )
  await visitor.post(`${path}/rename`, [csrf!, ['name', 'Desk']])
  t.match((await visitor.get(path)).html, '<bdi>Desk</bdi>')
  t.match(await audited(db, 'key.limited'), [{ user_id: user.user_id }, {}])
})

t.test('an OAuth app is limited, renamed and revoked on its page', async (t) => {
  const { user, visitor } = await owner()
  const { clientId, grantId, path } = await grantOf(user.user_id)
  const page = await visitor.get(path)
  t.match(page.html, 'Firefox on Linux')
  t.match(page.html, 'from 203.0.113.9')
  t.notMatch(page.html, hostileText)
  const [csrf] = formTo(page, `${path}/limits`).fields
  await visitor.post(`${path}/limits`, [csrf!, ['group', 'memory'], ['group', 'web']])
  const grant = await db
    .selectFrom('oauth_grants')
    .select(['groups', 'scope'])
    .where('grant_id', '=', grantId)
    .executeTakeFirstOrThrow()
  t.same(grant, { groups: ['memory'], scope: 'mcp:memory mcp:coding' }, 'nothing beyond the scope')
  await visitor.post(`${path}/rename`, [csrf!, ['name', 'My robot']])
  t.match((await visitor.get('/apps')).html, 'My robot')
  const revoked = await visitor.confirm(
    (await visitor.get(path)).forms.find(({ fields }) =>
      fields.some(([name, value]) => name === 'client_id' && value === clientId)
    )!
  )
  t.match(revoked.html, /Revoked: this installation/)
  t.match((await visitor.get('/apps')).html, /id="ended"[^]*My robot/)
})

t.test('another person’s app is as unknown as none, and changes nothing', async (t) => {
  const [ada, bob] = [await owner(), await owner()]
  const { path: appPath } = await grantOf(ada.user.user_id)
  const ownPage = await bob.visitor.get(`/apps/${bob.key.key_id}`)
  const csrf = ownPage.forms.find(({ action }) => action.endsWith('/limits'))!.fields[0]!
  for (const path of [`/apps/${ada.key.key_id}`, appPath, '/apps/none', '/apps/%00']) {
    for (const part of ['', '/undo']) {
      t.equal((await bob.visitor.get(`${path}${part}`)).status, 404, `${path}${part}`)
    }
    for (const part of ['/limits', '/tools', '/rename', '/undo']) {
      const fields: Array<[string, string]> = [csrf, ['name', 'x'], ['since', '2026-01-01']]
      t.equal((await bob.visitor.post(`${path}${part}`, fields)).status, 404, `${path}${part}`)
    }
  }
  t.equal((await ada.visitor.post(`/apps/${ada.key.key_id}/limits`, [csrf])).status, 403)
  await bob.visitor.post('/apps/keys/revoke', [csrf, ['key_id', ada.key.key_id]])
  t.ok((await toolNames(ada.key.key)).length > 0)
})

t.test('the page undoes what `kagura memory undo` undoes', async (t) => {
  const { user, key, client, visitor } = await owner()
  const secondApp = await connectClient(t, running.url, (await running.key(user)).key)
  await call(secondApp, 'memory_store', { key: 'shared', value: 'first' })
  await call(secondApp, 'memory_store', { key: 'gone', value: 'stays' })
  const since = new Date()
  await call(client, 'memory_store', { key: 'tea', value: 'Sencha' })
  await call(client, 'memory_store', { key: 'shared', value: 'second' })
  await call(client, 'memory_delete', { key: 'gone' })
  await call(client, 'graph_link', { from: 'tea', to: 'shared' })
  await call(client, 'memory_store', { key: 'later', value: 'mine' })
  await call(secondApp, 'memory_update', { key: 'later', value: 'theirs' })
  const args = ['memory', 'undo', '--user', user.email, '--key', key.key_id]
  const command = [...args, '--since', since.toISOString()]
  const planned = await kaguraJson(running.settings, [...command, '--dry-run'])
  const path = `/apps/${key.key_id}/undo`
  const page = await visitor.get(`${path}?at=${encodeURIComponent(since.toISOString())}`)
  t.match(page.html, /3 memories would change[^]*1 link would change[^]*1 entry stays/)
  for (const { key: name } of planned.undone) t.match(page.html, `<bdi>${name}</bdi>`)
  t.match(page.html, /later<\/bdi>[^]*changed later by test/)
  t.equal((await visitor.get(`${path}?at=nonsense`)).status, 400)
  const form = formTo(page, path)
  t.match((await visitor.send(form)).html, 'Undone: 4 changes.')
  const states = await db
    .selectFrom('memories')
    .select(['key', 'value'])
    .where('user_id', '=', user.user_id)
    .orderBy('key')
    .execute()
  t.same(states, [
    { key: 'gone', value: 'stays' },
    { key: 'later', value: 'theirs' },
    { key: 'shared', value: 'first' }
  ])
  const again = await kaguraJson(running.settings, [...command, '--dry-run'])
  t.same([again.undone, again.links.undone], [[], []], 'nothing is left for the command')
  t.match(await audited(db, 'memory.undone'), [
    { user_id: user.user_id, details: { of: key.key_id, undone: 3, conflicts: 1, links: 1 } }
  ])
})
