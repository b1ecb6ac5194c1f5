import { once } from 'node:events'
import {
  createServer,
  request as forward,
  type IncomingMessage,
  type ServerResponse
} from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { connected, refresh } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'
import { kagura, kaguraJson, refuses } from './command.ts'
import { examine } from './examine.ts'

t.test('doctor finds what an edge in front of the server does to clients', async (t) => {
  let target = ''
  const url = await edge(t, (request, response) => {
    const agent = request.headers['user-agent'] ?? ''
    if (/Claude-User/.test(agent)) return response.writeHead(403).end('blocked')
    if (/[^/]\/$/.test(request.url!)) {
      return response.writeHead(308, { location: request.url!.slice(0, -1) }).end()
    }
    if (request.method === 'OPTIONS' || request.method === 'HEAD') {
      return response.writeHead(405).end()
    }
    if (request.url!.endsWith('/openid-configuration')) {
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    }
    const passed = forward(
      target + request.url!,
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      }
    )
    request.pipe(passed)
  })
  target = `http://127.0.0.1:${((await runService(t, { PUBLIC_URL: url })).app.server.address() as AddressInfo).port}`
  const { code, failed } = await examine([url])
  t.equal(code, 1)
  t.same(
    Object.keys(failed).sort(),
    [
      'CORS preflight',
      'HEAD without credentials',
      'MCP URL with a trailing slash',
      'User-Agent Claude-User',
      'openid-configuration',
      'trailing slash'
    ].sort()
  )
  t.match(failed['User-Agent Claude-User'], { why: /403/, fix: /blocks robots/ })
  const { failed: elsewhere } = await examine([target])
  t.match(elsewhere, { issuer: { why: url, fix: `PUBLIC_URL=${target}` } })
})

t.test('an edge that drops the headers of MCP 2026-07-28 is named', async (t) => {
  let target = ''
  const url = await edge(t, (request, response) => {
    const { 'mcp-method': _, ...headers } = request.headers
    const passed = forward(target + request.url!, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    request.pipe(passed)
  })
  const running = await runService(t, { PUBLIC_URL: url })
  target = `http://127.0.0.1:${(running.app.server.address() as AddressInfo).port}`
  const { key } = await running.key(await running.person())
  const { failed } = await examine([url, '--key', key])
  t.match(failed['MCP 2026-07-28'], { why: /Mcp-Method is missing/, fix: /Mcp-Name unchanged/ })
})

t.test('doctor --request explains a refused request and says what to do', async (t) => {
  const running = await runService(t)
  const { client, visitor } = await connected(running)
  const answer = await refresh(running.url, client, 'kgr_dead')
  const id = answer.headers.get('x-request-id')!
  t.equal(answer.request_id, id)
  const page = await visitor.get('/api/v1/oauth/authorize?client_id=nobody')
  const pageId = /Reference[^<]*<span[^>]*>([^<]+)/.exec(page.html)![1]!
  const host = await fetch(`${running.url}/login`, {
    headers: { 'x-forwarded-for': '192.0.2.1', origin: 'https://evil.example' },
    method: 'POST'
  })
  t.equal(host.status, 403)
  await running.app.close()

  const { events } = await kaguraJson(running.settings, ['doctor', '--request', id])
  t.match(events, [
    {
      action: 'oauth.token.refused',
      reason: 'refresh_token_unknown',
      why: /refresh token does not exist/,
      fix: /Connect the app again/,
      client_id: client.client_id
    }
  ])
  t.match(
    (await kagura(running.settings, ['doctor', '--request', pageId])).stdout,
    /^No app with this client ID is registered here\. Remove the connector/
  )
  t.match(
    (await kaguraJson(running.settings, ['doctor', '--request', host.headers.get('x-request-id')!]))
      .events,
    [{ reason: 'cross_site_form' }]
  )
  await refuses(
    t,
    running.settings,
    ['doctor', '--request', 'unknown'],
    /no audit entry for the request "unknown".*unknown or expired/
  )
})

/** A server in front of the server. */
async function edge(
  t: Test,
  handler: (request: IncomingMessage, response: ServerResponse) => unknown
): Promise<string> {
  const server = createServer({ keepAliveTimeout: 0 }, handler)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
