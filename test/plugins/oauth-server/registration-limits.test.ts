import { sql } from 'kysely'
import t from 'tap'
import { registerDynamically as register } from '../../support/registration-client.ts'
import { runService } from '../../support/running.ts'

const uri = 'https://claude.ai/api/mcp/auth_callback'

t.test(
  'a flood of registrations that nobody uses is limited by network and in all, and ' +
    'used clients do not count',
  async (t) => {
    const { app, url } = await runService(t)
    const insert = (count: number, from: string) =>
      app.db
        .insertInto('oauth_clients')
        .values(
          Array.from({ length: count }, (_, index) => ({
            client_id: `${from}-${index}`,
            registration: 'dynamic' as const,
            registered_from: from,
            created_at: new Date(Date.now() - 1_800_000)
          }))
        )
        .execute()
    await insert(200, '127.0.0.1')
    const refused = await register(url, { redirect_uris: [uri] })
    t.match(refused, { status: 429, error: 'temporarily_unavailable' })
    const wait = Number(refused.headers.get('retry-after'))
    t.ok(wait > 1700 && wait <= 1800, `until the oldest is an hour old: ${wait} s`)
    await app.db
      .updateTable('oauth_clients')
      .set({ last_used_at: new Date() })
      .where('client_id', '=', '127.0.0.1-7')
      .execute()
    t.equal((await register(url, { redirect_uris: [uri] })).status, 201)
    await app.db.deleteFrom('oauth_clients').where('registered_from', '=', '127.0.0.1').execute()
    await insert(150, '192.0.2.2')
    await insert(1850, '192.0.2.1')
    t.equal((await register(url, { redirect_uris: [uri] })).status, 201, 'nobody else is kept out')
    const left = await app.db
      .selectFrom('oauth_clients')
      .select(['registered_from', sql<number>`count(*)::int`.as('count')])
      .groupBy('registered_from')
      .orderBy('registered_from')
      .execute()
    t.same(
      left.map(({ registered_from: from, count }) => `${from} ${count}`),
      ['127.0.0.1 1', '192.0.2.1 1849', '192.0.2.2 150']
    )
  }
)

t.test(
  'behind a proxy on this machine that is not trusted, a flood of one network does not ' +
    'block other networks',
  async (t) => {
    const { app, url } = await runService(t)
    await app.db
      .insertInto('oauth_clients')
      .values(
        Array.from({ length: 200 }, (_, index) => ({
          client_id: `flood-${index}`,
          registration: 'dynamic' as const,
          registered_from: '203.0.113.1'
        }))
      )
      .execute()
    const from = (forwarded: string) =>
      register(url, { redirect_uris: [uri] }, '/register', { 'x-forwarded-for': forwarded })
    t.equal((await from('203.0.113.1')).status, 429)
    t.equal((await from('203.0.113.2, 203.0.113.1')).status, 429, 'what the proxy added counts')
    t.equal((await from('203.0.113.2')).status, 201)
    await app.db.updateTable('oauth_clients').set({ registered_from: '127.0.0.1' }).execute()
    t.match(await from('no address'), { status: 429, error_description: /TRUST_PROXY/ })
  }
)

t.test(
  'a concurrent flood exceeds the limit by no more than the number of database connections',
  async (t) => {
    const { url } = await runService(t)
    const answers = await Promise.all(
      Array.from({ length: 250 }, () => register(url, { redirect_uris: [uri] }))
    )
    const registered = answers.filter(({ status }) => status === 201).length
    t.ok(registered >= 200 && registered <= 210, `${registered} of 250`)
    t.equal(answers.filter(({ status }) => status === 429).length, 250 - registered)
  }
)

t.test('registration can be disabled or require the initial access token', async (t) => {
  const closed = await runService(t, { DYNAMIC_REGISTRATION: 'closed' })
  t.match(await register(closed.url, { redirect_uris: [uri] }), {
    status: 403,
    error: 'access_denied'
  })
  t.notMatch(
    await (await fetch(`${closed.url}/.well-known/oauth-authorization-server`)).text(),
    /registration_endpoint/
  )
  const guarded = await runService(t, {
    DYNAMIC_REGISTRATION: 'token',
    REGISTRATION_TOKEN: 'sixteen-letters-or-more'
  })
  for (const authorization of [undefined, 'Bearer wrong', 'Basic c2l4dGVlbg==']) {
    const answer = await register(guarded.url, { redirect_uris: [uri] }, '/register', {
      ...(authorization && { authorization })
    })
    t.match(answer, { status: 401, error: 'invalid_token' })
    t.match(answer.headers.get('www-authenticate'), /^Bearer /)
  }
  t.equal(
    (
      await register(guarded.url, { redirect_uris: [uri] }, '/register', {
        authorization: 'Bearer sixteen-letters-or-more'
      })
    ).status,
    201
  )
  await t.rejects(runService(t, { DYNAMIC_REGISTRATION: 'token' }), /REGISTRATION_TOKEN/)
})
