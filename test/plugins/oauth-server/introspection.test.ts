import t from 'tap'
import { sql } from 'kysely'
import { connected, postForm, refresh, register } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { db } = running.app
const url = `${running.url}/api/v1/oauth/introspect`

async function introspect(
  form: Record<string, string | undefined>,
  headers: Record<string, string> = {}
) {
  const { status, headers: answered, ...content } = await postForm(url, form, headers)
  return { status, answered, content }
}

t.test('a client can introspect its own access token and refresh token', async (t) => {
  const { client, tokens, user } = await connected(running)
  const { status, answered, content } = await introspect({
    ...client,
    token: String(tokens.access_token)
  })
  t.equal(status, 200)
  t.equal(answered.get('cache-control'), 'no-store')
  t.match(answered.get('content-type'), 'application/json')
  const { iat, exp, ...rest } = content as Record<string, number>
  t.same(rest, {
    active: true,
    scope: 'mcp:tools mcp:memory mcp:coding',
    client_id: client.client_id,
    username: user.email,
    sub: user.user_id,
    aud: running.app.mcpUrl,
    iss: running.url,
    token_type: 'Bearer'
  })
  t.ok(Number.isInteger(iat) && Math.abs(iat! - Date.now() / 1000) < 60)
  t.equal(exp! - iat!, 3600)
  const ofRefresh = await introspect({
    ...client,
    token: String(tokens.refresh_token),
    token_type_hint: 'access_token'
  })
  t.match(ofRefresh.content, { active: true, aud: running.app.mcpUrl, sub: user.user_id })
  t.notOk('token_type' in ofRefresh.content)
  const credentials = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')
  const basic = `Basic ${credentials}`
  t.match(
    (await introspect({ token: String(tokens.access_token) }, { authorization: basic })).content,
    { active: true }
  )
})

t.test('introspection reflects SQL changes of scope and lifetime at once', async (t) => {
  const { client, tokens } = await connected(running)
  await db
    .updateTable('oauth_clients')
    .set({ scope: 'mcp:memory' })
    .where('client_id', '=', client.client_id)
    .execute()
  await db
    .updateTable('oauth_tokens')
    .set({ expires_in: 28800 })
    .where('client_id', '=', client.client_id)
    .execute()
  const { scope, exp, iat } = (await introspect({ ...client, token: String(tokens.access_token) }))
    .content as Record<string, any>
  t.equal(scope, 'mcp:memory')
  t.equal(exp - iat, 28800)
})

t.test('introspection of an invalid token returns only active=false', async (t) => {
  const inactive = async (form: Record<string, string | undefined>, why: string) => {
    const { status, content } = await introspect(form)
    t.same({ status, ...content }, { status: 200, active: false }, why)
  }
  const stranger = await register(running)
  const { key } = await running.key(await running.person())
  for (const end of [
    ['revoked', sql`update oauth_tokens set revoked = true`],
    ['access revoked', sql`update oauth_tokens set access_token_revoked_at = now()`],
    ['grant revoked', sql`update oauth_grants set revoked_at = now()`],
    ['expired', sql`update oauth_tokens set expires_in = 0, refresh_expires_at = now()`]
  ] as const) {
    const { client, tokens } = await connected(running)
    const access = String(tokens.access_token)
    await inactive({ ...stranger, token: access }, "another client's")
    await inactive({ ...stranger, token: String(tokens.refresh_token) }, "another client's")
    await sql`${end[1]} where client_id = ${client.client_id}`.execute(db)
    await inactive({ ...client, token: access }, end[0])
    if (end[0] !== 'access revoked') {
      await inactive({ ...client, token: String(tokens.refresh_token) }, end[0])
    }
  }
  const { client, tokens, user } = await connected(running)
  for (const token of ['nonsense', 'kga_unknown', 'kgr_unknown', key]) {
    await inactive({ ...client, token }, token)
  }
  await refresh(running.url, client, tokens.refresh_token)
  await inactive({ ...client, token: String(tokens.refresh_token) }, 'rotated')
  await db
    .updateTable('users')
    .set({ disabled_at: new Date() })
    .where('user_id', '=', user.user_id)
    .execute()
  await inactive({ ...client, token: String(tokens.access_token) }, 'the person is disabled')
})

t.test('introspection requires a client with a secret, and POST', async (t) => {
  const { client, tokens } = await connected(running)
  const open = await connected(running, { method: 'none' })
  const token = String(tokens.access_token)
  for (const [form, reason] of [
    [{ token }, 'client_id_missing'],
    [{ ...client, client_secret: 'wrong', token }, 'client_secret_wrong'],
    [
      { client_id: open.client.client_id, token: String(open.tokens.access_token) },
      'introspection_by_public_client'
    ]
  ] as const) {
    const { status, content } = await introspect(form)
    t.match({ status, ...content }, { status: 401, error: 'invalid_client' }, reason)
    t.equal(
      (
        await db
          .selectFrom('audit_logs')
          .select('reason')
          .where('action', '=', 'oauth.introspect.refused')
          .orderBy('created_at', 'desc')
          .limit(1)
          .executeTakeFirst()
      )?.reason,
      reason
    )
  }
  const missing = await introspect(client as never)
  t.match({ status: missing.status, ...missing.content }, { status: 400, error: 'invalid_request' })
  t.equal(
    (await introspect({ token }, { authorization: `Bearer ${token}` })).status,
    400,
    'a token proves no client here'
  )
  const got = await fetch(`${url}?token=${token}`)
  t.equal(got.status, 405)
  t.equal(got.headers.get('allow'), 'POST')
})
