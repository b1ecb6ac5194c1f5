// databases: both
import { sql } from 'kysely'
import t from 'tap'
import { deleteUnusedClients } from '../../../db/oauth/unused-clients.ts'
import { usesEmbeddedDatabase } from '../../../plugins/config/index.ts'
import { deviceFlow } from '../../support/device-flow.ts'
import {
  approve,
  redeem,
  refresh,
  register as registerByOperator,
  token
} from '../../support/oauth-client.ts'
import { registerDynamically } from '../../support/registration-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { url, app } = running
const { db } = app
const uri = 'https://app.example/callback'

async function register(): Promise<{ client_id: string; redirect_uri: string }> {
  const { client_id: id } = await registerDynamically(url, {
    redirect_uris: [uri],
    token_endpoint_auth_method: 'none'
  })
  return { client_id: id, redirect_uri: uri }
}

/** Dates a client, its last use and its grants back by that many days. */
async function age(
  clientId: string,
  { created, used }: { created: number; used?: number }
): Promise<void> {
  const ago = (days: number) => sql<Date>`now() - make_interval(secs => ${days * 86_400})`
  await db
    .updateTable('oauth_clients')
    .set({ created_at: ago(created), ...(used !== undefined && { last_used_at: ago(used) }) })
    .where('client_id', '=', clientId)
    .execute()
}
const isThere = async (clientId: string) =>
  (await db
    .selectFrom('oauth_clients')
    .select('client_id')
    .where('client_id', '=', clientId)
    .executeTakeFirst()) !== undefined
const lastUse = async (clientId: string) =>
  (
    await db
      .selectFrom('oauth_clients')
      .select('last_used_at')
      .where('client_id', '=', clientId)
      .executeTakeFirstOrThrow()
  ).last_used_at

t.test(
  'an unused self-registered client is deleted after a day, an operator client never',
  async (t) => {
    const [fresh, old, operators] = [
      await register(),
      await register(),
      await registerByOperator(running)
    ]
    await age(fresh.client_id, { created: 0.99 })
    await age(old.client_id, { created: 1.01 })
    await age(operators.client_id, { created: 1000, used: 1000 })
    await db
      .insertInto('oauth_clients')
      .values({
        client_id: 'https://app.example/client.json',
        registration: 'metadata_document',
        created_at: new Date(Date.now() - 90_000_000)
      })
      .execute()
    t.equal(await deleteUnusedClients(db), 2)
    t.same(await Promise.all([fresh, old, operators].map(({ client_id: id }) => isThere(id))), [
      true,
      false,
      true
    ])
    t.match(
      await token(url, {
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id: old.client_id
      }),
      { status: 401, error: 'invalid_client' },
      'its app is told to register anew'
    )
  }
)

t.test('approvals and tokens count as use, a mention of the client_id does not', async (t) => {
  const client = await register()
  await token(url, { grant_type: 'refresh_token', refresh_token: 'x', client_id: client.client_id })
  t.equal(await lastUse(client.client_id), null)
  const visitor = await running.signedIn((await running.person()).email)
  await visitor.get(
    `/authorize?client_id=${client.client_id}&redirect_uri=${uri}&response_type=code`
  )
  t.equal(await lastUse(client.client_id), null)
  const approved = await approve(visitor, client)
  const first = await lastUse(client.client_id)
  if (!first) return t.fail('approval is use')
  const tokens = await redeem(url, client, approved)
  t.same(await lastUse(client.client_id), first, 'at most once a minute')
  await age(client.client_id, { created: 5, used: 2 / 1440 })
  await refresh(url, client, tokens.refresh_token)
  t.ok((await lastUse(client.client_id))!.getTime() >= first.getTime(), 'a refresh is use')
})

t.test('an approval of a device counts as use before the device polls again', async (t) => {
  const { ask, decide, deviceClient, enter, visitor: person } = deviceFlow(running)
  const client = await deviceClient()
  const visitor = await person()
  await decide(visitor, await enter(visitor, (await ask(client)).user_code), 'approve')
  t.ok(await lastUse(client.client_id))
})

t.test(
  'a client is kept while a grant has live tokens, and for 90 days after its last use',
  async (t) => {
    const [client, waiting] = [await register(), await register()]
    const visitor = await running.signedIn((await running.person()).email)
    await redeem(url, client, await approve(visitor, client))
    await approve(visitor, waiting)
    const both = [client, waiting]
    const there = () => Promise.all(both.map(({ client_id: id }) => isThere(id)))
    for (const { client_id: id } of both) await age(id, { created: 400, used: 91 })
    await deleteUnusedClients(db)
    t.same(await there(), [true, true], 'a live token, and a code that is not used yet')

    const mine = sql<boolean>`client_id in (${client.client_id}, ${waiting.client_id})`
    await db
      .updateTable('oauth_tokens')
      .set({ refresh_expires_at: sql`now()` })
      .where(mine)
      .execute()
    await deleteUnusedClients(db)
    t.same(await there(), [true, true], 'the access token alone')
    await db
      .updateTable('oauth_tokens')
      .set({ issued_at: sql`now() - interval '2 hours'` })
      .where(mine)
      .execute()
    await db
      .updateTable('oauth_authorization_codes')
      .set({ expires_at: sql`now()` })
      .where(mine)
      .execute()
    for (const { client_id: id } of both) await age(id, { created: 400, used: 89 })
    await deleteUnusedClients(db)
    t.same(await there(), [true, true], 'used 89 days ago')
    for (const { client_id: id } of both) await age(id, { created: 400, used: 91 })
    t.equal(await deleteUnusedClients(db), 2)
  }
)

t.test('a revoked grant keeps no client', async (t) => {
  const client = await register()
  await redeem(
    url,
    client,
    await approve(await running.signedIn((await running.person()).email), client)
  )
  await age(client.client_id, { created: 400, used: 91 })
  await db
    .updateTable('oauth_tokens')
    .set({ revoked: true })
    .where('client_id', '=', client.client_id)
    .execute()
  t.equal(await deleteUnusedClients(db), 1)
})

t.test('a client that is being approved concurrently is not deleted', async (t) => {
  if (usesEmbeddedDatabase(app.config)) {
    return t.pass('one session: nothing happens at the same instant')
  }
  const client = await register()
  await age(client.client_id, { created: 2 })
  await db.transaction().execute(async (trx) => {
    await trx
      .selectFrom('oauth_clients')
      .select('client_id')
      .where('client_id', '=', client.client_id)
      .forKeyShare()
      .execute()
    t.equal(await deleteUnusedClients(db), 0, 'and not waited for')
  })
  t.equal(await deleteUnusedClients(db), 1)
})

t.test('more than a thousand clients are deleted in several rounds', async (t) => {
  await db
    .insertInto('oauth_clients')
    .values(
      Array.from({ length: 1001 }, (_, index) => ({
        client_id: `many-${index}`,
        registration: 'dynamic' as const,
        created_at: new Date(0)
      }))
    )
    .execute()
  t.equal(await deleteUnusedClients(db), 1000)
  t.equal(await deleteUnusedClients(db), 1)
})
