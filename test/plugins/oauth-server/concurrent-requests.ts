import { sql } from 'kysely'
import type { Test } from 'tap'
import type { DeployedService } from '../../support/deployed-service.ts'
import { DEVICE_GRANT } from '../../support/device-flow.ts'
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
import { acceptsToken, postTo } from './cases/expectations.ts'

/** Sends each kind of request `count` times at once, then checks the rows in SQL. */
export async function checkConcurrentRequests(
  t: Test,
  service: DeployedService,
  count: number
): Promise<void> {
  const before = await countDeadlocks(service)
  await checkRedemptionsAndRefreshes(t, service, count)
  await checkDeviceDecisionsAndPolls(t, service, count)
  await checkConsentDecisions(t, service, count)
  await checkRevocation(t, service, count, 'by SQL', ({ client_id: id }) =>
    service.db
      .updateTable('oauth_tokens')
      .set({ revoked: true })
      .where('client_id', '=', id)
      .execute()
  )
  await checkRevocation(t, service, count, 'by the client', (client, accessToken) =>
    together(2, () =>
      postTo(service, '/api/v1/oauth/revoke', {
        client_id: client.client_id,
        client_secret: client.client_secret,
        token: String(accessToken)
      })
    )
  )
  t.equal((await countDeadlocks(service)) - before, 0, 'no deadlocks')
  t.same(service.failures(), [], 'no failures')
}

async function checkRedemptionsAndRefreshes(
  t: Test,
  service: DeployedService,
  count: number
): Promise<void> {
  const { client, visitor, tokens } = await service.connected()
  const code = await approve(visitor, client)
  const redeemed = await together(count, () => redeem(service.url, client, code))
  expectNoServerError(t, redeemed, 'code')
  t.equal(
    redeemed.filter(({ status }) => status === 200).length,
    1,
    `one of ${count} redemptions succeeds`
  )
  t.ok(redeemed.every(({ status, error }) => status === 200 || error === 'invalid_grant'))
  const success = redeemed.find(({ status }) => status === 200)!
  t.ok(await acceptsToken(service, success['access_token']))

  const refreshed = await together(count, () =>
    refresh(service.url, client, tokens['refresh_token'])
  )
  expectNoServerError(t, refreshed, 'refresh')
  t.equal(distinctPairs(refreshed).size, 1, `${count} refreshes get one pair`)
  t.ok(refreshed.every(({ status }) => status === 200))
  t.ok(await acceptsToken(service, refreshed[0]!['access_token']))
  t.equal(
    await countLivePairs(service, client.client_id),
    2,
    'one live pair for each of the two grants'
  )
}

async function checkDeviceDecisionsAndPolls(
  t: Test,
  service: DeployedService,
  count: number
): Promise<void> {
  const [device, visitor] = [await service.register({ method: 'none' }), await service.visitor()]
  await service.db
    .updateTable('oauth_clients')
    .set({ grant_types: JSON.stringify([DEVICE_GRANT, 'refresh_token']) })
    .where('client_id', '=', device.client_id)
    .execute()
  const deviceAuthorization = await postTo(service, '/api/v1/oauth/device_authorization', {
    client_id: device.client_id
  })
  const consent = await visitor.submit(await visitor.get('/device'), {
    user_code: String(deviceAuthorization['user_code'])
  })
  const form = consent.forms.find(({ fields }) => fields.some(([name]) => name === 'form'))!
  const decided = await together(count, () =>
    visitor.post(form.action, [...form.fields, ['decision', 'approve']])
  )
  t.ok(
    decided.every(({ status }) => status === 200),
    'each repetition of a decision gets a page'
  )
  const grants = await service.db
    .selectFrom('oauth_grants')
    .select('grant_id')
    .where('client_id', '=', device.client_id)
    .execute()
  t.equal(grants.length, 1, 'repeated decisions make one grant')
  const polled = await together(count, () =>
    token(service.url, {
      grant_type: DEVICE_GRANT,
      device_code: String(deviceAuthorization['device_code']),
      client_id: device.client_id
    })
  )
  expectNoServerError(t, polled, 'device')
  t.equal(polled.filter(({ status }) => status === 200).length, 1, `one of ${count} polls succeeds`)
  const success = polled.find(({ status }) => status === 200)!
  t.ok(await acceptsToken(service, success['access_token']))
}

async function checkConsentDecisions(
  t: Test,
  service: DeployedService,
  count: number
): Promise<void> {
  const { client, visitor } = await service.connected()
  const page = await visitor.get(authorizationUrl(client, { prompt: 'consent' }).url)
  const form = page.forms.find(({ fields }) => fields.some(([name]) => name === 'form'))!
  const answers = await together(count, () =>
    visitor.post(form.action, [...form.fields, ['decision', 'approve']])
  )
  t.equal(
    new Set(answers.map((answer) => destination(answer).searchParams.get('code'))).size,
    1,
    `one form that is sent ${count} times gives one code`
  )
}

/** Revokes in the given way while refreshes run: no token may survive. */
async function checkRevocation(
  t: Test,
  service: DeployedService,
  count: number,
  way: string,
  revoke: (client: OAuthClient, accessToken: unknown) => Promise<unknown>
): Promise<void> {
  const { client, tokens } = await service.connected()
  const [answers] = await Promise.all([
    together(count, () => refresh(service.url, client, tokens['refresh_token'])),
    revoke(client, tokens['access_token'])
  ])
  expectNoServerError(t, answers, `revocation ${way}`)
  for (const { status, access_token: accessToken } of answers) {
    if (status !== 200) continue
    t.notOk(await acceptsToken(service, accessToken), `no token survives the revocation ${way}`)
  }
  t.equal(await countLivePairs(service, client.client_id), 0)
}

function together<T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => act(index)))
}

function distinctPairs(answers: Answer[]): Set<string> {
  return new Set(
    answers
      .filter(({ status }) => status === 200)
      .map((answer) => `${String(answer['access_token'])} ${String(answer['refresh_token'])}`)
  )
}

function expectNoServerError(t: Test, answers: Answer[], subject: string): void {
  const statuses = answers.map(({ status }) => status).filter((status) => status >= 500)
  t.same(statuses, [], `${subject}: no 5xx`)
}

/** Pairs of the client that can still be refreshed: the grant lives, and nothing replaced them. */
async function countLivePairs({ db }: DeployedService, clientId: string): Promise<number> {
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

async function countDeadlocks({ db }: DeployedService): Promise<number> {
  const query = sql<{ deadlocks: number }>`
    select deadlocks::int as deadlocks
    from pg_stat_database where datname = current_database()`
  const { rows } = await query.execute(db)
  return rows[0]?.deadlocks ?? 0
}
