import t from 'tap'
import { initialize, post } from '../../support/mcp-client.ts'
import {
  approve,
  authorizationUrl,
  connected,
  redeem,
  refresh
} from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { url } = running
const { port } = new URL(url)

const ours = [
  `${url}/api/v1/mcp/sse`,
  `${url}/api/v1/mcp/sse/`,
  `${url}/mcp`,
  `${url}/mcp/sse?profile=core`,
  url,
  `${url}/`,
  `HTTP://LOCALHOST:${port}/api/v1/mcp/sse`,
  `http://127.0.0.1:${port}/mcp`
]
const others = [
  `${url}/api/v1/other`,
  `${url}/mcp#fragment`,
  'https://elsewhere.example/api/v1/mcp/sse',
  '/api/v1/mcp/sse',
  'mcp',
  `http://user@localhost:${port}/mcp`,
  `https://localhost:${port}/mcp`
]

/** Adds these resources to the authorization request, in this order. */
function withResources(link: string, resources: string[]): string {
  return link + resources.map((resource) => `&resource=${encodeURIComponent(resource)}`).join('')
}

t.test(
  'every spelling of the resource is accepted at each endpoint, and the token works at ' +
    'all of them',
  async (t) => {
    for (const resource of [...ours, undefined]) {
      const { visitor, client } = await connected(running)
      const tokens = await redeem(url, client, await approve(visitor, client, { resource }), {
        resource: ours[2]
      })
      t.equal(tokens.status, 200, String(resource))
      const next = await refresh(url, client, tokens.refresh_token, { resource: ours[0] })
      t.equal(next.status, 200, String(resource))
      for (const path of ['/api/v1/mcp/sse', '/mcp/sse', '/mcp']) {
        t.equal((await post(url + path, String(next.access_token), initialize)).status, 200, path)
      }
    }
  }
)

t.test('another resource is refused and consumes nothing', async (t) => {
  const { visitor, client, tokens } = await connected(running)
  const approved = await approve(visitor, client)
  for (const resource of others) {
    const answer = await visitor.request(authorizationUrl(client, { resource }).url)
    t.match(answer.headers.get('location'), /error=invalid_target/, resource)
    t.match(
      await redeem(url, client, approved, { resource }),
      { status: 400, error: 'invalid_target' },
      resource
    )
    t.match(
      await refresh(url, client, tokens.refresh_token, { resource }),
      { status: 400, error: 'invalid_target' },
      resource
    )
  }
  t.equal((await redeem(url, client, approved)).status, 200)
  t.equal((await refresh(url, client, tokens.refresh_token)).status, 200)
})

t.test('several resources are accepted when all of them are this server', async (t) => {
  const { visitor, client } = await connected(running)
  const authorizationRequest = authorizationUrl(client)
  t.match(
    (
      await visitor.request(withResources(authorizationRequest.url, [ours[0]!, ours[2]!]))
    ).headers.get('location'),
    /[?&]code=/
  )
  t.match(
    (
      await visitor.request(withResources(authorizationRequest.url, [ours[0]!, others[2]!]))
    ).headers.get('location'),
    /error=invalid_target/
  )
})

t.test('a token for another resource is refused', async (t) => {
  const { client, tokens } = await connected(running)
  await running.app.db
    .updateTable('oauth_tokens')
    .set({ resource: 'https://elsewhere.example/mcp' })
    .where('client_id', '=', client.client_id)
    .execute()
  const answer = await post(`${url}/mcp`, String(tokens.access_token), initialize)
  t.equal(answer.status, 401)
  t.match(answer.headers.get('www-authenticate'), /error="invalid_token"/)
})

t.test('AUTHORIZATION_RESPONSE_ISS=false: iss is neither advertised nor sent', async (t) => {
  const old = await runService(t, { AUTHORIZATION_RESPONSE_ISS: 'false' })
  const metadata = (await (
    await fetch(`${old.url}/.well-known/oauth-authorization-server`)
  ).json()) as object
  t.notOk('authorization_response_iss_parameter_supported' in metadata)
  const { visitor, client, tokens } = await connected(old)
  t.equal(tokens.status, 200)
  t.notOk((await approve(visitor, client)).answer.searchParams.has('iss'))
  for (const overrides of [{}, { response_type: 'token' }]) {
    const location = (await visitor.request(authorizationUrl(client, overrides).url)).headers.get(
      'location'
    )
    t.match(location, /^https:\/\/client\.example\//)
    t.notMatch(location, /[?&]iss=/)
  }
})
