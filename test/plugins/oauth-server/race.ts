import { sql } from 'kysely'
import type { Test } from 'tap'
import { initialize, post } from '../../support/mcp-client.ts'
import {
  type Answer,
  approve,
  authorizationUrl,
  destination,
  type OAuthClient,
  redeem,
  refresh,
  token
} from '../../support/oauth-client.ts'
import { postTo } from './cases/expected.ts'
import type { World } from './cases/world.ts'

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const together = <T>(n: number, act: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: n }, (_, index) => act(index)))
const pairs = (answers: Answer[]) =>
  new Set(
    answers
      .filter(({ status }) => status === 200)
      .map((answer) => `${String(answer['access_token'])} ${String(answer['refresh_token'])}`)
  )

/** Pairs of a client whose grant lives and that were not rotated away. */
async function live({ db }: World, clientId: string): Promise<number> {
  const rows = await db
    .selectFrom('oauth_tokens as t')
    .innerJoin('oauth_grants as g', 'g.grant_id', 't.grant_id')
    .select('t.token_id')
    .where('t.client_id', '=', clientId)
    .where('g.revoked_at', 'is', null)
    .where('t.revoked', '=', false)
    .where('t.rotated_at', 'is', null)
    .execute()
  return rows.length
}

async function deadlocks({ db }: World): Promise<number> {
  const { rows } = await sql<{
    deadlocks: number
  }>`select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()`.execute(
    db
  )
  return rows[0]?.deadlocks ?? 0
}

/**
 * N of everything that can be asked at one instant, and what must hold afterwards, asked in SQL.
 */
export async function race(t: Test, world: World, n: number): Promise<void> {
  const usable = async (answer: Answer) =>
    (await post(`${world.url}/mcp`, String(answer['access_token']), initialize)).status === 200
  const before = await deadlocks(world)
  const noFailure = (answers: Answer[], what: string) =>
    t.same(
      answers.filter(({ status }) => status >= 500).map(({ status }) => status),
      [],
      `${what}: no 5xx`
    )

  const { client, visitor, tokens } = await world.connected()
  const code = await approve(visitor, client)
  const redeemed = await together(n, () => redeem(world.url, client, code))
  noFailure(redeemed, 'code')
  t.equal(
    redeemed.filter(({ status }) => status === 200).length,
    1,
    `one of ${n} redemptions succeeds`
  )
  t.ok(redeemed.every(({ status, error }) => status === 200 || error === 'invalid_grant'))
  t.ok(await usable(redeemed.find(({ status }) => status === 200)!))

  const refreshed = await together(n, () => refresh(world.url, client, tokens['refresh_token']))
  noFailure(refreshed, 'refresh')
  t.equal(pairs(refreshed).size, 1, `${n} refreshes get one pair`)
  t.ok(refreshed.every(({ status }) => status === 200))
  t.ok(await usable(refreshed[0]!))
  t.equal(await live(world, client.client_id), 2, 'one live pair for each of the two grants')

  const polling = await world.register({ method: 'none' })
  await world.db
    .updateTable('oauth_clients')
    .set({ grant_types: JSON.stringify([DEVICE, 'refresh_token']) })
    .where('client_id', '=', polling.client_id)
    .execute()
  const asked = await postTo(world, '/api/v1/oauth/device_authorization', {
    client_id: polling.client_id
  })
  const entered = await visitor.submit(await visitor.get('/device'), {
    user_code: String(asked['user_code'])
  })
  const decision = entered.forms.find(({ fields }) => fields.some(([name]) => name === 'form'))!
  const decided = await together(n, () =>
    visitor.post(decision.action, [...decision.fields, ['decision', 'approve']])
  )
  t.ok(
    decided.every(({ status }) => status === 200),
    'the decision, sent many times, is one page'
  )
  t.equal(
    (
      await world.db
        .selectFrom('oauth_grants')
        .select('grant_id')
        .where('client_id', '=', polling.client_id)
        .execute()
    ).length,
    1,
    'and one grant'
  )
  const polled = await together(n, () =>
    token(world.url, {
      grant_type: DEVICE,
      device_code: String(asked['device_code']),
      client_id: polling.client_id
    })
  )
  noFailure(polled, 'device')
  t.equal(polled.filter(({ status }) => status === 200).length, 1, `one of ${n} polls succeeds`)
  t.ok(await usable(polled.find(({ status }) => status === 200)!))

  const page = await visitor.get(authorizationUrl(client, { prompt: 'consent' }).url)
  const form = page.forms.find(({ fields }) => fields.some(([name]) => name === 'form'))!
  const answered = await together(n, () =>
    visitor.post(form.action, [...form.fields, ['decision', 'approve']])
  )
  t.equal(
    new Set(answered.map((answer) => destination(answer).searchParams.get('code'))).size,
    1,
    `${n} times one form is one code`
  )

  for (const [way, end] of [
    [
      'by SQL',
      ({ client_id: id }) =>
        world.db
          .updateTable('oauth_tokens')
          .set({ revoked: true })
          .where('client_id', '=', id)
          .execute()
    ],
    [
      'by the client',
      ({ client_id: id, client_secret: secret }, held) =>
        together(2, () =>
          postTo(world, '/api/v1/oauth/revoke', {
            client_id: id,
            client_secret: secret,
            token: String(held)
          })
        )
    ]
  ] as Array<[string, (client: OAuthClient, held: unknown) => Promise<unknown>]>) {
    const { client: ending, tokens: held } = await world.connected()
    const [last] = await Promise.all([
      together(n, () => refresh(world.url, ending, held['refresh_token'])),
      end(ending, held['access_token'])
    ])
    noFailure(last, `revocation ${way}`)
    for (const answer of last) {
      if (answer.status === 200) {
        t.notOk(await usable(answer), `nothing lives after the revocation ${way}`)
      }
    }
    t.equal(await live(world, ending.client_id), 0)
  }
  t.equal((await deadlocks(world)) - before, 0, 'no deadlocks')
  t.same(world.failures(), [], 'no failures')
}
