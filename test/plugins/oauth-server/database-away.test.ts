import t from 'tap'
import { deployedServiceAt } from '../../support/deployed-service.ts'
import { freshSettings, onPostgres, openSettings, spawnService } from '../../support/helper.ts'
import { initialize, post } from '../../support/mcp-client.ts'
import { refresh } from '../../support/oauth-client.ts'
import { freePort } from '../../support/port.ts'
import { wireTo } from '../../support/wire.ts'

t.test(
  'a database outage gets 503 with Retry-After, and leaves every token valid',
  { skip: !onPostgres && 'the embedded database lives and dies with its process' },
  async (t) => {
    const settings = await freshSettings(t)
    const wire = await wireTo(t, settings['DATABASE_URL']!)
    const port = await freePort()
    await spawnService(t, {
      ...settings,
      DATABASE_URL: wire.url,
      PORT: String(port),
      PUBLIC_URL: `http://localhost:${port}`
    })
    const { db, close } = await openSettings(settings)
    t.teardown(close)
    const service = deployedServiceAt({
      url: `http://localhost:${port}`,
      port,
      db,
      settings,
      failures: () => []
    })
    const { client, tokens } = await service.connected()

    wire.cut()
    const refused = await refresh(service.url, client, tokens['refresh_token'])
    t.match(refused, { status: 503, error: 'temporarily_unavailable' })
    t.ok(Number(refused.headers.get('retry-after')) > 0)
    const resource = await post(`${service.url}/mcp`, String(tokens['access_token']), initialize)
    t.equal(resource.status, 503)
    t.equal((await fetch(`${service.url}/ready`)).status, 503)
    t.equal((await fetch(`${service.url}/health`)).status, 200)

    wire.mend()
    t.equal(
      (await post(`${service.url}/mcp`, String(tokens['access_token']), initialize)).status,
      200
    )
    t.equal((await refresh(service.url, client, tokens['refresh_token'])).status, 200)
  }
)
