import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { freshSettings, onPostgres, openSettings, spawnService } from '../helper.ts'
import { initialize, post } from '../mcp-client.ts'
import { refresh } from '../oauth-client.ts'
import { freePort, worldOf } from './cases/world.ts'

t.test('while the database is away the answers are 503 with Retry-After, and afterwards every token is as it was', { skip: !onPostgres && 'the embedded database lives and dies with its process' }, async (t) => {
  const settings = await freshSettings(t)
  const url = new URL(settings['DATABASE_URL']!)
  const host = url.searchParams.get('host') ?? url.hostname
  const target = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${url.port || 5432}` } : { host, port: Number(url.port || 5432) }
  // The wire between the service and PostgreSQL, which can be cut.
  const open = new Set<Socket>()
  let cut = false
  const wire = createServer((socket) => {
    if (cut) return socket.destroy()
    const onward = connect(target as { host: string, port: number })
    for (const end of [socket, onward]) {
      open.add(end)
      end.on('error', () => end.destroy()).on('close', () => { open.delete(end); socket.destroy(); onward.destroy() })
    }
    socket.pipe(onward).pipe(socket)
  })
  await once(wire.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => { open.forEach((socket) => socket.destroy()); wire.close() })
  const through = new URL(url)
  through.search = ''
  through.hostname = '127.0.0.1'
  through.port = String((wire.address() as AddressInfo).port)
  const port = await freePort()
  await spawnService(t, { ...settings, DATABASE_URL: through.href, PORT: String(port), PUBLIC_URL: `http://localhost:${port}`, LOG_LEVEL: 'fatal' })
  const { db, close } = await openSettings(settings)
  t.teardown(close)
  const world = worldOf({ url: `http://localhost:${port}`, port, db, settings, log: () => '' })
  const { client, tokens } = await world.connected()

  cut = true
  open.forEach((socket) => socket.destroy())
  const refused = await refresh(world.url, client, tokens['refresh_token'])
  t.match(refused, { status: 503, error: 'temporarily_unavailable' })
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  const resource = await post(`${world.url}/mcp`, String(tokens['access_token']), initialize)
  t.equal(resource.status, 503)
  t.equal((await fetch(`${world.url}/ready`)).status, 503)
  t.equal((await fetch(`${world.url}/health`)).status, 200)

  cut = false
  t.equal((await post(`${world.url}/mcp`, String(tokens['access_token']), initialize)).status, 200)
  t.equal((await refresh(world.url, client, tokens['refresh_token'])).status, 200)
})
