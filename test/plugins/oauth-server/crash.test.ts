import { once } from 'node:events'
import { extname } from 'node:path'
import t, { type Test } from 'tap'
import { type DeployedService, deployedServiceAt } from '../../support/deployed-service.ts'
import { freshSettings, openSettings, spawnService } from '../../support/helper.ts'
import { approve, redeem, refresh } from '../../support/oauth-client.ts'
import { freePort } from '../../support/port.ts'
import { acceptsToken, credentialsOf } from './cases/expectations.ts'

const killer = new URL(`./crash/kill-before-answer${extname(import.meta.url)}`, import.meta.url)
  .href

interface KillableService {
  service: DeployedService
  /** Sends the form, kills the process between commit and response, and starts it again. */
  killDuring: (form: Record<string, string | undefined>) => Promise<void>
}

async function killableService(t: Test): Promise<KillableService> {
  const settings = await freshSettings(t)
  const port = await freePort()
  const url = `http://localhost:${port}`
  const start = () =>
    spawnService(t, {
      ...settings,
      PORT: String(port),
      PUBLIC_URL: url,
      NODE_OPTIONS: `--import=${killer}`
    })
  let server = await start()
  let connection = await openSettings(settings, { beside: true })
  t.teardown(() => connection.close())
  const service = deployedServiceAt({
    url,
    port,
    db: connection.db,
    settings,
    failures: () => []
  })
  return {
    service,
    async killDuring(form) {
      const body = new URLSearchParams(
        Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined)
      )
      await t.rejects(
        fetch(`${url}/token`, { method: 'POST', body, headers: { 'x-test-kill': '1' } }),
        'no response arrives'
      )
      if (server.process.exitCode === null && server.process.signalCode === null) {
        await once(server.process, 'exit')
      }
      t.equal(server.process.signalCode, 'SIGKILL')
      await connection.close()
      server = await start()
      connection = await openSettings(settings, { beside: true })
      service.db = connection.db
    }
  }
}

t.test(
  'a refresh survives a crash before its response: every retry gets the same pair',
  async (t) => {
    const { service, killDuring } = await killableService(t)
    const { client, tokens } = await service.connected()
    await killDuring({
      ...credentialsOf(client),
      grant_type: 'refresh_token',
      refresh_token: String(tokens['refresh_token'])
    })
    const rows = await service.db
      .selectFrom('oauth_tokens')
      .select(['rotated_at'])
      .where('client_id', '=', client.client_id)
      .execute()
    t.equal(
      rows.filter((row) => row.rotated_at === null).length,
      1,
      'the refresh was committed: one live pair'
    )
    t.equal(rows.length, 2)
    const answers = [
      await refresh(service.url, client, tokens['refresh_token']),
      await refresh(service.url, client, tokens['refresh_token'])
    ]
    t.equal(answers[0]!.status, 200)
    t.equal(
      `${String(answers[0]!['access_token'])} ${String(answers[0]!['refresh_token'])}`,
      `${String(answers[1]!['access_token'])} ${String(answers[1]!['refresh_token'])}`
    )
    t.ok(await acceptsToken(service, answers[0]!['access_token']))
    t.equal((await refresh(service.url, client, answers[0]!['refresh_token'])).status, 200)
  }
)

t.test('a crash before the response to a redemption consumes the code', async (t) => {
  const { service, killDuring } = await killableService(t)
  const [client, visitor] = [await service.register(), await service.visitor()]
  const code = await approve(visitor, client)
  await killDuring({
    ...credentialsOf(client),
    grant_type: 'authorization_code',
    code: code.code,
    code_verifier: code.verifier,
    redirect_uri: client.redirect_uri
  })
  t.match(await redeem(service.url, client, code), { status: 400, error: 'invalid_grant' })
  t.equal(
    (await redeem(service.url, client, await approve(await service.visitor(), client))).status,
    200,
    'connecting again works'
  )
})
