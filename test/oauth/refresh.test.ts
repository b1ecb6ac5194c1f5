import t from 'tap'
import { sql } from 'kysely'
import { connected, refresh } from '../oauth-client.ts'
import { initialize, post } from '../mcp-client.ts'
import { runService } from '../running.ts'

const running = await runService(t)

async function works (accessToken: unknown): Promise<boolean> {
  return (await post(`${running.url}/mcp`, String(accessToken), initialize)).status === 200
}

t.test('a refresh rotates; a retry within the window gets the same successor', async (t) => {
  const { client, tokens } = await connected(running)
  const first = await refresh(running.url, client, tokens.refresh_token)
  t.equal(first.status, 200)
  t.not(first.refresh_token, tokens.refresh_token)
  const retry = await refresh(running.url, client, tokens.refresh_token)
  t.equal(retry.access_token, first.access_token)
  t.equal(retry.refresh_token, first.refresh_token)
  t.ok(await works(retry.access_token))
})

t.test('of 32 refreshes at the same instant all get one pair', async (t) => {
  const { client, tokens } = await connected(running)
  const answers = await Promise.all(Array.from({ length: 32 }, () => refresh(running.url, client, tokens.refresh_token)))
  t.same(answers.filter(({ status }) => status !== 200).map(({ status, error, error_description: said }) => `${status} ${String(error)} ${String(said)}`), [])
  t.equal(new Set(answers.map(({ access_token: access, refresh_token: token }) => `${String(access)} ${String(token)}`)).size, 1)
})

t.test('a token several generations old gets the newest pair within the window', async (t) => {
  const { client, tokens } = await connected(running)
  const second = await refresh(running.url, client, tokens.refresh_token)
  const third = await refresh(running.url, client, second.refresh_token)
  const late = await refresh(running.url, client, tokens.refresh_token)
  t.equal(late.refresh_token, third.refresh_token)
})

t.test('a chain of any length is not walked for one request', async (t) => {
  const { client, tokens } = await connected(running)
  const chain = [tokens.refresh_token]
  for (let generation = 0; generation < 101; generation++) chain.push((await refresh(running.url, client, chain.at(-1))).refresh_token)
  t.equal((await refresh(running.url, client, chain[1])).refresh_token, chain.at(-1), 'a hundred are')
  const oldest = await refresh(running.url, client, chain[0])
  t.match(oldest, { status: 429, error: 'temporarily_unavailable', error_description: /use the newest/ })
  t.equal((await refresh(running.url, client, chain.at(-1))).status, 200, 'and nothing has ended')
})

t.test('a reuse after the window ends this grant, and no other of the user', async (t) => {
  const one = await connected(running)
  const successor = await refresh(running.url, one.client, one.tokens.refresh_token)
  await sql`update oauth_tokens set rotated_at = now() - interval '11 minutes' where rotated_at is not null and client_id = ${one.client.client_id}`.execute(running.app.db)
  const two = await connected(running)
  t.match(await refresh(running.url, one.client, one.tokens.refresh_token), { status: 400, error: 'invalid_grant' })
  t.notOk(await works(successor.access_token))
  t.match(await refresh(running.url, one.client, successor.refresh_token), { status: 400, error: 'invalid_grant' })
  t.ok(await works(two.tokens.access_token))
  const rows = await running.app.db.selectFrom('audit_logs').select('action').where('action', '=', 'oauth.refresh_token_reuse').where('client_id', '=', one.client.client_id).execute()
  t.equal(rows.length, 1)
})

t.test('a refresh that asks for more is refused and keeps the token; one that asks for less narrows only the access token', async (t) => {
  const { client, tokens } = await connected(running, { scope: 'mcp:memory mcp:coding' })
  t.match(await refresh(running.url, client, tokens.refresh_token, { scope: 'mcp:web' }), { status: 400, error: 'invalid_scope' })
  const less = await refresh(running.url, client, tokens.refresh_token, { scope: 'mcp:memory' })
  t.equal(less.scope, 'mcp:memory')
  t.equal((await refresh(running.url, client, less.refresh_token)).scope, 'mcp:memory mcp:coding')
})

t.test('the database alone cannot read a successor: it is sealed under the old token', async (t) => {
  const { client, tokens } = await connected(running)
  const next = await refresh(running.url, client, tokens.refresh_token)
  const { rows } = await sql<{ all: string }>`select string_agg(t::text, ' ') as all from oauth_tokens t`.execute(running.app.db)
  for (const secret of [tokens.access_token, tokens.refresh_token, next.access_token, next.refresh_token]) t.notMatch(rows[0]!.all, String(secret))
})

t.test('a refresh token of another client changes nothing', async (t) => {
  const one = await connected(running)
  const two = await connected(running)
  t.match(await refresh(running.url, two.client, one.tokens.refresh_token), { status: 400, error: 'invalid_grant' })
  t.equal((await refresh(running.url, one.client, one.tokens.refresh_token)).status, 200)
})
