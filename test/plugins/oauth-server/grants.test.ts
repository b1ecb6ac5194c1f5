import t from 'tap'
import { appIdOf } from '../../../lib/app-id.ts'
import { databaseClient } from '../../support/helper.ts'
import { kaguraJson } from '../../cli/command.ts'
import { initialize, post } from '../../support/mcp-client.ts'
import {
  type Answer,
  approve,
  authorizationUrl,
  connected,
  type OAuthClient,
  redeem,
  refresh
} from '../../support/oauth-client.ts'
import { runService, secondNode } from '../../support/running.ts'
import type { Page, Visitor } from '../../support/visitor.ts'

const running = await runService(t)
const second = await secondNode(t, running)

/** Opens a stream on the second node. Returns how many milliseconds after `from` it ends. */
async function openStream(
  token: unknown
): Promise<{ endedAfter: (from: number) => Promise<number> }> {
  const answer = await fetch(`${second}/mcp/sse`, {
    headers: { authorization: `Bearer ${String(token)}`, accept: 'text/event-stream' }
  })
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
  const ended = answer.text().then(
    () => Date.now(),
    () => Date.now()
  )
  return { endedAfter: async (from) => (await ended) - from }
}

const works = async (token: unknown) =>
  (await post(`${second}/mcp`, String(token), initialize)).status === 200
const anotherInstallation = async (visitor: Visitor, client: OAuthClient) =>
  redeem(running.url, client, await approve(visitor, client))

const appPage = (visitor: Visitor, client: OAuthClient) =>
  visitor.get(`/apps/${appIdOf(client.client_id)}`)

/** The form of the page that revokes the app or installation with that value. */
function revocation(page: Page, which: [string, string]): [string, Array<[string, string]>] {
  const csrf = page.forms.flatMap(({ fields }) => fields).find(([name]) => name === 'csrf')!
  return ['/apps/revoke', [csrf, which]]
}

async function isOver(
  t: { notOk: (value: unknown) => unknown; match: (actual: unknown, expected: object) => unknown },
  client: OAuthClient,
  tokens: Answer
): Promise<void> {
  t.notOk(await works(tokens.access_token))
  t.match(await refresh(second, client, tokens.refresh_token), {
    status: 400,
    error: 'invalid_grant'
  })
}

t.test(
  'revoking an installation under Apps & keys ends its stream on every node, and no ' +
    'other installation',
  async (t) => {
    const { visitor, client, tokens } = await connected(running)
    const secondTokens = await anotherInstallation(visitor, client)
    const home = await appPage(visitor, client)
    t.match((await visitor.get('/apps')).html, '2 installations')
    t.match(home.html, 'for client.example')
    const [ended, goesOn] = [
      await openStream(secondTokens.access_token),
      await openStream(tokens.access_token)
    ]
    const [youngest] = home.forms.filter(({ action }) => action === '/apps/revoke')
    const started = Date.now()
    t.match((await visitor.send(youngest!)).html, `Revoke Client ${client.client_id}?`)
    t.ok(await works(secondTokens.access_token), 'asking revokes nothing')
    t.match((await visitor.confirm(youngest!)).html, /Revoked: this installation of Client/)
    await isOver(t, client, secondTokens)
    t.ok((await ended.endedAfter(started)) < 5000)
    t.ok(await works(tokens.access_token))
    t.match((await appPage(visitor, client)).html, `Revoke Client ${client.client_id}<`)

    const all = await anotherInstallation(visitor, client)
    const form = (await appPage(visitor, client)).forms.find(({ fields }) =>
      fields.some(([name]) => name === 'client_id')
    )!
    const again = Date.now()
    t.match((await visitor.confirm(form)).html, /Revoked: 2 installations of Client/)
    for (const answer of [tokens, all]) await isOver(t, client, answer)
    t.ok((await goesOn.endedAfter(again)) < 5000)
    t.match((await visitor.get('/apps')).html, 'No app is connected yet')
    const audited = await running.app.db
      .selectFrom('audit_logs')
      .select('reason')
      .where('action', '=', 'oauth.grant.revoked')
      .where('client_id', '=', client.client_id)
      .execute()
    t.same(
      audited.map(({ reason }) => reason),
      ['revoked_by_user', 'revoked_by_user', 'revoked_by_user']
    )
  }
)

t.test('a person cannot revoke the grant of another person', async (t) => {
  const owner = await connected(running)
  const { visitor, client } = await connected(running)
  const [revocationForm] = (await appPage(visitor, client)).forms.filter(
    ({ action }) => action === '/apps/revoke'
  )
  const csrf = (await visitor.send(revocationForm!)).forms
    .flatMap(({ fields }) => fields)
    .find(([name]) => name === 'csrf')!
  const { grant_id: grantId } = await running.app.db
    .selectFrom('oauth_grants')
    .select('grant_id')
    .where('user_id', '=', owner.user.user_id)
    .executeTakeFirstOrThrow()
  await visitor.post('/apps/revoke', [csrf, ['grant_id', grantId]])
  await visitor.post('/apps/revoke', [csrf, ['client_id', owner.client.client_id]])
  t.ok(await works(owner.tokens.access_token))
})

t.test(
  'the command and the SQL of an operator end a grant on every node, streams included',
  async (t) => {
    const operator = await databaseClient(t, running.settings)
    for (const end of [
      (id: string) => kaguraJson(running.settings, ['token', 'revoke', '--client', id]),
      (id: string) =>
        operator.query('UPDATE oauth_tokens SET revoked = true WHERE client_id = $1', [id]),
      (id: string) => operator.query('DELETE FROM oauth_clients WHERE client_id = $1', [id])
    ]) {
      const { client, tokens } = await connected(running)
      const bystander = await connected(running)
      const stream = await openStream(tokens.access_token)
      const started = Date.now()
      await end(client.client_id)
      t.ok((await stream.endedAfter(started)) < 10_000)
      t.notOk(await works(tokens.access_token))
      t.match(
        (await refresh(second, client, tokens.refresh_token)).error,
        /invalid_grant|invalid_client/
      )
      t.ok(await works(bystander.tokens.access_token))
    }
  }
)

t.test('an unredeemed code is no connection yet, but revoking the app ends it too', async (t) => {
  const { visitor, client } = await connected(running)
  await visitor.post(...revocation(await visitor.get('/apps'), ['client_id', client.client_id]))
  const waiting = await approve(visitor, client)
  t.match((await visitor.get('/apps')).html, 'No app is connected yet')
  await visitor.post(...revocation(await visitor.get('/apps'), ['client_id', client.client_id]))
  t.match(await redeem(second, client, waiting), { status: 400, error: 'invalid_grant' })
})

t.test(
  'reconnecting an app from the same place lists its unused connections and offers to end them',
  async (t) => {
    const { visitor, client, tokens } = await connected(running)
    const [never, used] = [
      await anotherInstallation(visitor, client),
      await anotherInstallation(visitor, client)
    ]
    t.ok(await works(used.access_token))
    const authorizationRequest = authorizationUrl(client, { prompt: 'consent' })
    const consent = await visitor.get(authorizationRequest.url)
    const form = consent.forms.find(({ action }) => action === '/apps/revoke')!
    t.match(consent.html, /never used/)
    t.match(consent.html, /it is in use now/)
    t.equal(
      form.fields.filter(([name]) => name === 'grant_id').length,
      2,
      'what is in use is not ticked'
    )

    const stranger = await connected(running)
    const foreign = form.fields.map(([name, value]): [string, string] => [
      name,
      name === 'csrf' ? 'wrong' : value
    ])
    t.equal((await visitor.post(form.action, foreign)).status, 403)
    const csrf = form.fields.find(([name]) => name === 'csrf')!
    const theirs = await running.app.db
      .selectFrom('oauth_grants')
      .select('grant_id')
      .where('user_id', '=', stranger.user.user_id)
      .executeTakeFirstOrThrow()
    await visitor.post(form.action, [csrf, ['grant_id', theirs.grant_id]])
    t.ok(await works(stranger.tokens.access_token), "nobody ends another person's")

    const after = await visitor.post(form.action, form.fields)
    t.match([after.status, after.url], [200, running.url + authorizationRequest.url])
    for (const answer of [tokens, never]) await isOver(t, client, answer)
    t.ok(await works(used.access_token))
    const home = await visitor.post(form.action, [csrf, ['return_to', 'https://evil.example/']])
    t.equal(home.url, `${running.url}/`)

    await anotherInstallation(visitor, client)
    await running.app.db
      .updateTable('oauth_grants')
      .set({ last_used_at: new Date(0), created_at: new Date(0) })
      .where('client_id', '=', client.client_id)
      .where('last_used_at', 'is not', null)
      .execute()
    t.match((await appPage(visitor, client)).html, /Connected again from there, and not used since/)
  }
)

t.test(
  'a client that fails authentication changes no credential and learns nothing about it',
  async (t) => {
    const { visitor, client, tokens } = await connected(running)
    const code = await approve(visitor, client)
    const wrong = { client_secret: 'wrong' }
    const refusals = await Promise.all([
      redeem(running.url, client, code, wrong),
      redeem(running.url, client, { ...code, code: 'kgc_unknown' }, wrong),
      refresh(running.url, client, tokens.refresh_token, wrong),
      refresh(running.url, client, 'kgr_unknown', wrong)
    ])
    for (const { headers: _, ...refusal } of refusals) {
      t.match(refusal, {
        status: 401,
        error: 'invalid_client',
        error_description: refusals[0]!['error_description']
      })
    }
    t.equal((await redeem(second, client, code)).status, 200)
    t.equal((await refresh(second, client, tokens.refresh_token)).status, 200)
  }
)
