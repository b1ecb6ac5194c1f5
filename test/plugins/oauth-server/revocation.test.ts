import t from 'tap'
import { initialize, post } from '../../support/mcp-client.ts'
import {
  approve,
  connected,
  postForm,
  redeem,
  refresh,
  register
} from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { db } = running.app

const revoke = (
  form: Record<string, string | undefined>,
  headers = {},
  path = '/api/v1/oauth/revoke'
) => postForm(running.url + path, form, headers)
const works = async (token: unknown) =>
  (await post(`${running.url}/mcp`, String(token), initialize)).status === 200

t.test(
  'revoking either token ends its grant with all tokens, whatever the hint, and no other grant',
  async (t) => {
    for (const kind of ['access_token', 'refresh_token'] as const) {
      for (const hint of [undefined, 'access_token', 'refresh_token', 'something']) {
        const { client, tokens, visitor } = await connected(running)
        const otherGrant = await redeem(running.url, client, await approve(visitor, client))
        const answer = await revoke({
          ...client,
          token: String(tokens[kind]),
          token_type_hint: hint
        })
        t.equal(answer.status, 200)
        t.equal(answer.headers.get('content-length'), '0')
        t.equal(answer.headers.get('cache-control'), 'no-store')
        t.notOk(await works(tokens.access_token), `${kind}, hint ${hint}`)
        t.match(await refresh(running.url, client, tokens.refresh_token), {
          status: 400,
          error: 'invalid_grant'
        })
        t.ok(await works(otherGrant.access_token))
        const audited = await db
          .selectFrom('audit_logs')
          .selectAll()
          .where('action', '=', 'oauth.grant.revoked')
          .where('client_id', '=', client.client_id)
          .execute()
        t.match(audited, [{ reason: 'revoked_by_client' }])
      }
    }
  }
)

t.test('a public client revokes with its client_id, and /revoke is an alias', async (t) => {
  const { client, tokens } = await connected(running, { method: 'none' })
  t.equal(
    (
      await revoke(
        { client_id: client.client_id, token: String(tokens.refresh_token) },
        {},
        '/revoke'
      )
    ).status,
    200
  )
  t.notOk(await works(tokens.access_token))
})

t.test('a token of an earlier generation also ends the grant', async (t) => {
  const { client, tokens } = await connected(running)
  const next = await refresh(running.url, client, tokens.refresh_token)
  t.equal((await revoke({ ...client, token: String(tokens.refresh_token) })).status, 200)
  t.notOk(await works(next.access_token))
})

t.test('an unknown token, a foreign token and an API key get 200 and change nothing', async (t) => {
  const { client, tokens, user } = await connected(running)
  const stranger = await register(running)
  const { key } = await running.key(user)
  t.equal((await revoke({ ...stranger, token: String(tokens.access_token) })).status, 200)
  t.equal((await revoke({ ...stranger, token: String(tokens.refresh_token) })).status, 200)
  for (const token of ['nonsense', 'kga_unknown', key, tokens.access_token + 'x']) {
    t.equal((await revoke({ ...client, token })).status, 200, token)
  }
  t.ok(await works(tokens.access_token))
  t.ok(await works(key))
  t.equal((await refresh(running.url, client, tokens.refresh_token)).status, 200)
})

t.test('a request without authentication or without a token changes nothing', async (t) => {
  const { client, tokens } = await connected(running)
  const token = String(tokens.access_token)
  t.match(await revoke({ client_id: client.client_id, token }), {
    status: 401,
    error: 'invalid_client'
  })
  t.match(await revoke({ ...client, client_secret: 'wrong', token }), {
    status: 401,
    error: 'invalid_client'
  })
  t.match(await revoke({ token }), { status: 401, error: 'invalid_client' })
  t.match(await revoke({ ...client }), { status: 400, error: 'invalid_request' })
  t.match(await revoke({ ...client }, {}, `/api/v1/oauth/revoke?token=${token}`), {
    status: 400,
    error: 'invalid_request'
  })
  t.match(
    await postForm(`${running.url}/api/v1/oauth/revoke`, [
      ...Object.entries(client),
      ['token', token],
      ['token', token]
    ] as Array<[string, string]>),
    { status: 400, error: 'invalid_request' }
  )
  const got = await fetch(`${running.url}/api/v1/oauth/revoke`)
  t.equal(got.status, 405)
  t.equal(got.headers.get('allow'), 'POST')
  t.ok(await works(token))
  const refused = await db
    .selectFrom('audit_logs')
    .select('reason')
    .where('action', '=', 'oauth.revoke.refused')
    .where('client_id', '=', client.client_id)
    .execute()
  t.same(
    refused.map(({ reason }) => reason),
    [
      'client_secret_missing',
      'client_secret_wrong',
      'token_missing',
      'secret_in_url',
      'repeated_parameter'
    ]
  )
})

t.test('a revocation concurrent with 8 refreshes leaves no live token', async (t) => {
  const { client, tokens, user } = await connected(running)
  const [, ...answers] = await Promise.all([
    revoke({ ...client, token: String(tokens.access_token) }),
    ...Array.from({ length: 8 }, () => refresh(running.url, client, tokens.refresh_token))
  ])
  t.ok(answers.every(({ status }) => status === 200 || status === 400))
  for (const answer of answers) if (answer.status === 200) t.notOk(await works(answer.access_token))
  t.notOk(await works(tokens.access_token))
  t.equal(
    (
      await db
        .selectFrom('oauth_grants')
        .selectAll()
        .where('user_id', '=', user.user_id)
        .where('revoked_at', 'is', null)
        .execute()
    ).length,
    0
  )
})

t.test('CORS allows browser programs to revoke, as at the token endpoint', async (t) => {
  const answer = await fetch(`${running.url}/revoke`, {
    method: 'OPTIONS',
    headers: { origin: 'https://inspector.example', 'access-control-request-method': 'POST' }
  })
  t.equal(answer.headers.get('access-control-allow-origin'), 'https://inspector.example')
})
