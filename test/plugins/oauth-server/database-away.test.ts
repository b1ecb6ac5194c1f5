import t from 'tap'
import { freshSettings, onPostgres, openSettings, spawnService } from '../../support/helper.ts'
import { initialize, post } from '../../support/mcp-client.ts'
import { refresh } from '../../support/oauth-client.ts'
import { wireTo } from '../../support/wire.ts'
import { freePort } from '../../support/port.ts'
import { worldOf } from './cases/world.ts'

t.test(
  'while the database is away the answers are 503 with Retry-After, and afterwards every token is as it was',
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
    const world = worldOf({
      url: `http://localhost:${port}`,
      port,
      db,
      settings,
      failures: () => []
    })
    const { client, tokens } = await world.connected()

    wire.cut()
    const refused = await refresh(world.url, client, tokens['refresh_token'])
    t.match(refused, { status: 503, error: 'temporarily_unavailable' })
    t.ok(Number(refused.headers.get('retry-after')) > 0)
    const resource = await post(`${world.url}/mcp`, String(tokens['access_token']), initialize)
    t.equal(resource.status, 503)
    t.equal((await fetch(`${world.url}/ready`)).status, 503)
    t.equal((await fetch(`${world.url}/health`)).status, 200)

    wire.mend()
    t.equal(
      (await post(`${world.url}/mcp`, String(tokens['access_token']), initialize)).status,
      200
    )
    t.equal((await refresh(world.url, client, tokens['refresh_token'])).status, 200)
  }
)
