import type { CallToolResult, ListToolsResult } from '@modelcontextprotocol/sdk/types.js'
import t from 'tap'
import { connected } from '../../support/oauth-client.ts'
import { initialize, post, resultOf, toolsCall } from '../../support/mcp-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { url } = running
const user = await running.person()
const { key } = await running.key(user)
const paths = ['/api/v1/mcp/sse', '/mcp/sse', '/mcp', '/api/v1/mcp', '/mcp/']

t.test(
  'without a credential every method and spelling gets 401 with its own metadata address',
  async (t) => {
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'DELETE', 'HEAD']) {
        const answer = await fetch(url + path, { method })
        t.equal(answer.status, 401, `${method} ${path}`)
        const challenge = answer.headers.get('www-authenticate')!
        const metadata = `${url}/.well-known/oauth-protected-resource${path.replace(/\/$/, '')}`
        t.equal(challenge, `Bearer resource_metadata="${metadata}", scope="mcp:tools"`)
      }
      const document = (await (
        await fetch(`${url}/.well-known/oauth-protected-resource${path}`)
      ).json()) as { resource: string }
      t.equal(document.resource, url + path.replace(/\/$/, ''))
    }
  }
)

t.test(
  'a wrong, revoked or expired credential gets 401 invalid_token and nothing else',
  async (t) => {
    const revoked = await running.key(user)
    const expired = await running.key(user)
    const { db } = running.app
    await db
      .updateTable('api_keys')
      .set({ revoked_at: new Date() })
      .where('key_id', '=', revoked.key_id)
      .execute()
    await db
      .updateTable('api_keys')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('key_id', '=', expired.key_id)
      .execute()
    const { tokens } = await connected(running)
    for (const credential of [
      'kagura_wrong',
      'nonsense',
      revoked.key,
      expired.key,
      String(tokens.refresh_token),
      `${String(tokens.access_token)}x`
    ]) {
      const answer = await post(
        `${url}/mcp`,
        credential,
        toolsCall('memory_store', { key: 'k', value: 'v' })
      )
      t.equal(answer.status, 401)
      t.match(
        answer.headers.get('www-authenticate'),
        /^Bearer error="invalid_token", error_description=".+", resource_metadata=/
      )
    }
    const rows = await db.selectFrom('memories').select('key').execute()
    t.same(rows, [])
  }
)

t.test('a disabled user and a deleted client end what they had', async (t) => {
  const disabled = await connected(running)
  const disabledKey = await running.key(disabled.user)
  await running.app.db
    .updateTable('users')
    .set({ disabled_at: new Date() })
    .where('user_id', '=', disabled.user.user_id)
    .execute()
  for (const credential of [String(disabled.tokens.access_token), disabledKey.key]) {
    t.equal((await post(`${url}/mcp`, credential, initialize)).status, 401)
  }
  const two = await connected(running)
  await running.app.db
    .deleteFrom('oauth_clients')
    .where('client_id', '=', two.client.client_id)
    .execute()
  t.equal((await post(`${url}/mcp`, String(two.tokens.access_token), initialize)).status, 401)
})

t.test(
  'x-api-key serves as well, two different credentials are refused, and one in the URL is not read',
  async (t) => {
    t.equal((await post(`${url}/mcp`, undefined, initialize, { 'x-api-key': key })).status, 200)
    t.equal(
      (await post(`${url}/mcp`, 'kagura_other', initialize, { 'x-api-key': key })).status,
      400
    )
    t.equal(
      (await post(`${url}/mcp?access_token=${key}&key=${key}`, undefined, initialize)).status,
      401
    )
    t.equal(
      (await post(`${url}/mcp`, undefined, initialize, { authorization: `bearer  ${key} ` }))
        .status,
      200
    )
  }
)

t.test('the key endpoint takes keys only and says nothing of OAuth', async (t) => {
  const { tokens } = await connected(running)
  t.equal((await post(`${url}/api/v1/mcp/key`, key, initialize)).status, 200)
  for (const credential of [undefined, 'kagura_wrong', String(tokens.access_token)]) {
    const answer = await post(`${url}/api/v1/mcp/key`, credential, initialize)
    t.equal(answer.status, 401)
    t.notMatch(answer.headers.get('www-authenticate'), /Bearer|resource_metadata/)
  }
  t.equal((await fetch(`${url}/.well-known/oauth-protected-resource/api/v1/mcp/key`)).status, 404)
})

t.test(
  'a foreign origin gets 403, known ones and loopback are served, preflight is open to all',
  async (t) => {
    for (const path of ['/mcp', '/%6dcp', '/api/v1/%6dcp/sse', '/api/v1/%74ools/memory_stats']) {
      t.equal(
        (await post(url + path, key, initialize, { origin: 'https://evil.example' })).status,
        403,
        `${path}: however it is spelled`
      )
    }
    for (const origin of ['https://claude.ai', 'https://chatgpt.com', 'http://localhost:6274']) {
      const answer = await post(`${url}/mcp`, key, initialize, { origin })
      t.equal(answer.status, 200)
      t.equal(answer.headers.get('access-control-allow-origin'), origin)
      t.match(answer.headers.get('access-control-expose-headers'), /mcp-session-id/i)
    }
    const preflight = await fetch(`${url}/mcp`, {
      method: 'OPTIONS',
      headers: { origin: 'https://claude.ai', 'access-control-request-method': 'POST' }
    })
    t.equal(preflight.status, 204)
    const authorize = await fetch(`${url}/api/v1/oauth/authorize`, {
      headers: { origin: 'https://claude.ai' }
    })
    t.equal(authorize.headers.get('access-control-allow-origin'), null)
  }
)

t.test(
  'the scope decides what is listed and called: 403 if a new consent can help, else an error',
  async (t) => {
    const { tokens, client } = await connected(running)
    const { db } = running.app
    await db
      .updateTable('oauth_tokens')
      .set({ scope: 'mcp:memory' })
      .where('client_id', '=', client.client_id)
      .execute()
    const answer = await post(
      `${url}/mcp`,
      String(tokens.access_token),
      toolsCall('coding_start_session', { project_id: 'p', description: 'd' })
    )
    t.equal(answer.status, 403)
    t.match(
      answer.headers.get('www-authenticate'),
      /error="insufficient_scope".*scope="mcp:memory mcp:coding"/
    )
    await db
      .updateTable('oauth_clients')
      .set({ scope: 'mcp:memory' })
      .where('client_id', '=', client.client_id)
      .execute()
    const refused = await resultOf<CallToolResult>(
      post(
        `${url}/mcp`,
        String(tokens.access_token),
        toolsCall('coding_start_session', { project_id: 'p', description: 'd' })
      )
    )
    t.match(refused, { isError: true, content: [{ text: /not registered/ }] })
    const narrow = await running.key(user, 'mcp:coding')
    const { tools } = await resultOf<ListToolsResult>(
      post(`${url}/mcp`, narrow.key, { jsonrpc: '2.0', id: 1, method: 'tools/list' })
    )
    t.ok(tools.every(({ name }) => name.startsWith('coding_')))
    t.match(
      await resultOf<CallToolResult>(
        post(`${url}/mcp`, narrow.key, toolsCall('memory_recall', { key: 'k' }))
      ),
      { isError: true }
    )
  }
)

t.test('read_only people get the tools that only read', async (t) => {
  const reader = await running.key(await running.person(undefined, 'read_only'))
  const { tools } = await resultOf<ListToolsResult>(
    post(`${url}/mcp`, reader.key, { jsonrpc: '2.0', id: 1, method: 'tools/list' })
  )
  t.ok(tools.length > 0)
  t.ok(tools.every(({ annotations }) => annotations!.readOnlyHint))
  t.match(
    await resultOf<CallToolResult>(
      post(`${url}/mcp`, reader.key, toolsCall('memory_store', { key: 'k', value: 'v' }))
    ),
    { isError: true, content: [{ text: /may only read/ }] }
  )
})

t.test('a Host that is not ours gets 421, except for health', async (t) => {
  const { request } = await import('node:http')
  const status = (path: string, host: string) =>
    new Promise<number>((resolve, reject) => {
      request(url + path, { headers: { host } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode!)
      })
        .on('error', reject)
        .end()
    })
  t.equal(await status('/mcp', 'evil.example'), 421)
  t.equal(await status('/login', 'localhost.evil.example'), 421)
  t.equal(await status('/mcp', '127.0.0.1:9999'), 401)
  t.equal(await status('/health', 'evil.example'), 200)
})
