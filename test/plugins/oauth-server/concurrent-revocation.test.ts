import t from 'tap'
import { deviceFlow } from '../../support/device-flow.ts'
import { databaseClient, onPostgres, untilWaiting } from '../../support/helper.ts'
import { approve, authorizationUrl, connected, decide, redeem } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)

t.test(
  'a grant that is revoked while its code is redeemed is audited as the reason',
  { skip: !onPostgres && 'the embedded database does one thing after the other' },
  async (t) => {
    const { visitor, client } = await connected(running)
    const code = await approve(visitor, client)
    const [operator, watch] = [
      await databaseClient(t, running.settings),
      await databaseClient(t, running.settings)
    ]
    await operator.query('begin')
    // A redemption writes an audit row, so it has to wait for this lock.
    await operator.query('lock table audit_logs in share mode')
    const redeemed = redeem(running.url, client, code)
    await untilWaiting(watch)
    await operator.query('update oauth_grants set revoked_at = now() where client_id = $1', [
      client.client_id
    ])
    await operator.query('commit')
    t.match(await redeemed, { status: 400, error: 'invalid_grant' })
    const refused = await running.app.db
      .selectFrom('audit_logs')
      .select('reason')
      .where('action', '=', 'oauth.token.refused')
      .where('client_id', '=', client.client_id)
      .execute()
    t.same(
      refused.map(({ reason }) => reason),
      ['grant_revoked']
    )
  }
)

t.test(
  'an approval of an app that is deleted concurrently explains that the app does not exist',
  { skip: !onPostgres && 'the embedded database does one thing after the other' },
  async (t) => {
    const { deviceClient, ask, enter, decide: decideOnDevice } = deviceFlow(running)
    const { visitor, client } = await connected(running)
    const terminal = await deviceClient()
    const [consent, deviceConsent] = [
      await visitor.get(authorizationUrl(client, { prompt: 'consent' }).url),
      await enter(visitor, (await ask(terminal)).user_code)
    ]
    const [operator, watch] = [
      await databaseClient(t, running.settings),
      await databaseClient(t, running.settings)
    ]
    await operator.query('begin')
    await operator.query('delete from oauth_clients where client_id in ($1, $2)', [
      client.client_id,
      terminal.client_id
    ])
    const answers = Promise.all([
      decide(visitor, consent, 'approve'),
      decideOnDevice(visitor, deviceConsent, 'approve')
    ])
    await untilWaiting(watch, 2)
    await operator.query('commit')
    const [app, device] = await answers
    t.match([app.status, app.html], [400, /not registered with this service/])
    t.match([device.status, device.html], [400, /This app is not allowed here/])
  }
)
