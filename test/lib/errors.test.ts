import { request as send } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { audited } from '../cli/audited.ts'
import { connected } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'

const { app, url, ...running } = await runService(t)
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const json = { 'content-type': 'application/json' }

/** Uses Node's own client, because it sends any Host and any path. */
async function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = ''
): Promise<{ status: number; id: string; text: string }> {
  const request = send(url, { method, path, headers, agent: false })
  request.end(body)
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', async (answer) =>
      resolve({
        status: answer.statusCode!,
        id: String(answer.headers['x-request-id']),
        text: await text(answer)
      })
    )
  })
}

// This test comes first, because the log records few refusals of a network per minute.
t.test('a refusal that matters is noted with its reason under that id', async (t) => {
  const { client } = await connected({ app, url, ...running })
  for (const [reason, method, path, headers, body] of [
    ['unknown_host', 'GET', '/login', { host: 'evil.example' }, ''],
    ['foreign_origin', 'POST', '/mcp', { origin: 'https://evil.example', ...json }, '{}'],
    ['unknown_client', 'GET', '/authorize?client_id=none', {}, ''],
    [
      'unsupported_response_type',
      'GET',
      `/authorize?client_id=${client.client_id}&redirect_uri=${client.redirect_uri}` +
        '&response_type=token',
      {},
      ''
    ],
    ['consent_form_invalid', 'POST', '/api/v1/oauth/consent', form, 'form=x'],
    ['not_a_form', 'POST', '/token', json, '{}'],
    ['client_secret_missing', 'POST', '/token', form, `client_id=${client.client_id}`],
    ['unknown_client', 'POST', '/api/v1/oauth/device_authorization', form, 'client_id=none'],
    ['unknown_user', 'POST', '/login', form, 'email=none@example.org&password=wrong'],
    ['setup_link_invalid', 'GET', '/setup?token=none', {}, '']
  ] as Array<[string, string, string, Record<string, string>, string]>) {
    const { id } = await ask(method, path, headers, body)
    const rows = (await audited(app.db, '')).filter(({ request_id: request }) => request === id)
    t.match(rows, [{ reason }], `${method} ${path}`)
    t.equal(rows.length, 1)
  }
})

t.test(
  'every error names its request, in a page and in JSON alike, as X-Request-Id does',
  async (t) => {
    const { key } = await running.key(await running.person())
    const bearer = {
      authorization: `Bearer ${key}`,
      accept: 'application/json, text/event-stream',
      ...json
    }
    for (const [status, method, path, headers = {}, body = ''] of [
      [404, 'GET', '/nothing'],
      [404, 'GET', '/nothing', { accept: 'text/html' }],
      [404, 'POST', '/health'],
      [404, 'DELETE', '/api/v1/oauth/consent'],
      [400, 'GET', '/%zz'],
      [400, 'GET', '/%zz', { accept: 'text/html' }],
      [421, 'GET', '/nothing', { host: 'evil.example' }],
      [421, 'GET', '/login', { host: 'evil.example' }],
      [421, 'POST', '/api/v1/oauth/token', { host: 'evil.example', ...form }],
      [421, 'POST', '/api/v1/mcp/sse', { host: 'evil.example', ...json }, '{}'],
      [404, 'GET', '/.well-known/openid-configuration'],
      [400, 'GET', '/api/v1/oauth/authorize'],
      [403, 'POST', '/api/v1/oauth/consent', form, 'form=x'],
      [400, 'POST', '/api/v1/oauth/authorize', form, 'client_id=none'],
      [403, 'GET', '/setup?token=none'],
      [403, 'POST', '/login', { ...form, origin: 'https://evil.example' }, 'email=a'],
      [401, 'POST', '/apps/keys', form, 'name=a'],
      [401, 'POST', '/apps/keys', { ...form, accept: 'application/json' }, 'name=a'],
      [405, 'GET', '/api/v1/oauth/token'],
      [405, 'PUT', '/token'],
      [405, 'GET', '/api/v1/oauth/device_authorization'],
      [401, 'POST', '/api/v1/oauth/token', form, 'grant_type=x'],
      [400, 'POST', '/api/v1/oauth/token', json, '{}'],
      [400, 'POST', '/api/v1/oauth/token', { 'content-type': 'text/x' }, 'x'],
      [413, 'POST', '/api/v1/oauth/token', form, `a=${'x'.repeat(70_000)}`],
      [400, 'POST', '/login', form, '&a=1'.repeat(101)],
      [401, 'POST', '/api/v1/oauth/device_authorization', form, 'client_id=none'],
      [415, 'POST', '/login', { 'content-type': 'text/x' }, 'x'],
      [401, 'POST', '/api/v1/mcp/sse', json, '{}'],
      [401, 'POST', '/api/v1/mcp/key', json, '{}'],
      [401, 'GET', '/mcp', { authorization: 'Bearer kga_none' }],
      [403, 'POST', '/mcp', { ...bearer, origin: 'https://evil.example' }, '{}'],
      [400, 'POST', '/mcp', bearer, '{'],
      [400, 'POST', '/mcp', bearer, '[]'],
      [
        404,
        'POST',
        '/mcp',
        { ...bearer, 'mcp-session-id': 'none' },
        '{"jsonrpc":"2.0","method":"ping","id":1}'
      ],
      [405, 'GET', '/mcp', { ...bearer, 'mcp-protocol-version': '2025-06-18' }],
      [
        404,
        'POST',
        '/api/v1/mcp/messages?sessionId=none',
        bearer,
        '{"jsonrpc":"2.0","method":"ping","id":1}'
      ]
    ] as Array<[number, string, string, Record<string, string>?, string?]>) {
      const answer = await ask(method, path, headers, body)
      const name = `${status} ${method} ${path} ${JSON.stringify(headers)}`
      t.equal(answer.status, status, name)
      t.match(answer.id, /^[\w-]{12}$/, name)
      t.ok(answer.text.includes(answer.id), `${name}: ${answer.text}`)
    }
  }
)
