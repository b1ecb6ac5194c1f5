import { sql } from 'kysely'
import t from 'tap'
import { deleteOldAuditLogs } from '../../../db/audit/audit-logs.ts'
import { deleteExpiredSecrets } from '../../../db/oauth/client-secrets.ts'
import { deleteDeadGrants, deleteUntakenGrants } from '../../../db/oauth/grants.ts'
import { approve, connected } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { db } = running.app

t.test('old grants without live tokens and expired secrets are deleted', async (t) => {
  const [first, second, live] = [
    await connected(running),
    await connected(running),
    await connected(running)
  ]
  const grants = () =>
    Promise.all(
      [first, second, live].map(({ user }) =>
        db
          .selectFrom('oauth_grants')
          .select('grant_id')
          .where('user_id', '=', user.user_id)
          .executeTakeFirst()
          .then(Boolean)
      )
    )
  for (const [{ user }, days] of [
    [first, 181],
    [second, 179],
    [live, 181]
  ] as const) {
    const ago = sql<Date>`now() - make_interval(days => ${days})`
    await db
      .updateTable('oauth_grants')
      .set({ created_at: ago, last_used_at: ago })
      .where('user_id', '=', user.user_id)
      .execute()
    if (user === live.user) continue
    await db.deleteFrom('oauth_tokens').where('user_id', '=', user.user_id).execute()
    await db.deleteFrom('oauth_authorization_codes').where('user_id', '=', user.user_id).execute()
  }
  await deleteDeadGrants(db, 90)
  t.same(await grants(), [false, true, true])

  const { client_id: id } = first.client
  await db
    .insertInto('oauth_client_secrets')
    .values([
      { client_id: id, secret_hash: 'a', expires_at: sql`now()` },
      { client_id: id, secret_hash: 'b', expires_at: sql`now() + interval '1 hour'` }
    ])
    .execute()
  await deleteExpiredSecrets(db)
  t.match(
    await db
      .selectFrom('oauth_client_secrets')
      .select('secret_hash')
      .where('client_id', '=', id)
      .execute(),
    [{ secret_hash: 'b' }]
  )
})

t.test('a grant whose code was never redeemed is deleted after a day', async (t) => {
  const { client, visitor } = await connected(running)
  await approve(visitor, client)
  const left = () =>
    db
      .selectFrom('oauth_grants')
      .select('grant_id')
      .where('client_id', '=', client.client_id)
      .execute()
  await deleteUntakenGrants(db)
  t.equal((await left()).length, 2, 'not while it can be redeemed')
  await db
    .updateTable('oauth_authorization_codes')
    .set({ expires_at: sql`now() - interval '25 hours'` })
    .where('client_id', '=', client.client_id)
    .execute()
  await deleteUntakenGrants(db)
  t.equal((await left()).length, 1, 'what was redeemed stays')
})

t.test('audit rows of people and of strangers have different retention', async (t) => {
  const ago = (days: number) => sql<Date>`now() - make_interval(days => ${days})`
  const rows = (
    [
      ['ada', '192.0.2.1'],
      [null, null],
      [null, '192.0.2.1']
    ] as const
  ).flatMap(([user, address]) =>
    [31, 401].map((days) => ({
      action: `old ${user} ${address} ${days}`,
      user_id: user,
      ip_address: address,
      created_at: ago(days)
    }))
  )
  await db
    .insertInto('audit_logs')
    .values([...rows, { action: 'old none', ip_address: '192.0.2.1' }])
    .execute()
  await deleteOldAuditLogs(db, { days: 400, strangerDays: 30 })
  const left = await db
    .selectFrom('audit_logs')
    .select('action')
    .where('action', 'like', 'old %')
    .orderBy('action')
    .execute()
  t.same(
    left.map(({ action }) => action),
    ['old ada 192.0.2.1 31', 'old none', 'old null null 31']
  )
})
