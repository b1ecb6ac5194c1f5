import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import {
  databaseClient,
  freshSettings,
  onPostgres,
  openSettings,
  spawnService
} from '../../support/helper.ts'
import { initialize, post, toolsCall } from '../../support/mcp-client.ts'
import { connected } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'
import { issueApiKey } from '../../../db/people/api-keys.ts'
import { insertUser } from '../../../db/people/users.ts'
import { askForMuch, openStream, openStuck, openUnread } from './stream-client.ts'

const running = await runService(t)
const { url } = running
const user = await running.person()
const { key, key_id: keyId } = await running.key(user)

t.test('the stream answers what is posted to its address, for its own user only', async (t) => {
  const stream = await openStream(url, key)
  t.match(stream.address, /^\/api\/v1\/mcp\/messages\?sessionId=/)
  const stranger = await running.key(await running.person())
  t.equal((await post(url + stream.address, stranger.key, initialize)).status, 404)
  t.equal((await post(`${url}/api/v1/mcp/messages?sessionId=unknown`, key, initialize)).status, 404)
  t.equal((await post(url + stream.address, undefined, initialize)).status, 401)
  t.equal((await post(url + stream.address, key, initialize)).status, 202)
  t.match(await stream.next(), /^event: message\ndata: \{.*"serverInfo"/)
  stream.close()
})

t.test(
  'what is posted is done under the credential of the post, however much the stream may do',
  async (t) => {
    const { key: webKey } = await running.key(user, 'mcp:web')
    await post(
      `${url}/mcp`,
      key,
      toolsCall('memory_store', { key: 'diary', value: 'a secret of hers' })
    )
    const stream = await openStream(url, key)
    const answer = async (credential: string, message: { id: number }) => {
      await post(url + stream.address, credential, message)
      for (;;) {
        const event = await stream.next()
        if (event.includes(`"id":${message.id}`)) return event
      }
    }
    await post(url + stream.address, key, initialize)
    t.match(await answer(key, toolsCall('memory_recall', { key: 'diary' }, 7)), /a secret of hers/)
    const refused = await answer(webKey, toolsCall('memory_recall', { key: 'diary' }, 8))
    t.match(refused, /"isError":true/)
    t.notMatch(refused, 'a secret of hers')
    const names = (event: string) =>
      (
        JSON.parse(event.replace(/^event: message\ndata: /, '')) as {
          result: { tools: Array<{ name: string }> }
        }
      ).result.tools.map(({ name }) => name)
    const list = { jsonrpc: '2.0', id: 9, method: 'tools/list', params: {} }
    const [listed, all] = [names(await answer(webKey, list)), names(await answer(key, list))]
    t.notOk(listed.includes('memory_recall'))
    t.ok(listed.length > 0 && all.includes('memory_recall'))
    stream.close()
  }
)

t.test(
  'a client that goes on asking and reads nothing loses its stream, not the server its memory',
  async (t) => {
    const { address } = await openUnread(t, running, key)
    let status = 202
    for (let round = 0; status === 202 && round < 20; round++) {
      status = (await post(url + address, key, askForMuch(50))).status
    }
    for (let waits = 0; status === 202 && waits < 100; waits++) {
      await sleep(50)
      status = (
        await post(url + address, key, { jsonrpc: '2.0', method: 'notifications/initialized' })
      ).status
    }
    t.equal(status, 404, 'the stream is gone')
  }
)

t.test(
  'a stream that opens while revocations are looked up stays open',
  { skip: !onPostgres && 'the embedded database has one connection, so nothing opens meanwhile' },
  async (t) => {
    const { tokens } = await connected(running)
    const held = await openStream(url, key)
    const operator = await databaseClient(t, running.settings)
    await operator.query('begin; lock table api_keys in access exclusive mode')
    for (let waits = 0; waits === 0; await sleep(50)) {
      waits = (
        await operator.query(
          "select from pg_locks where not granted and relation = 'api_keys'::regclass"
        )
      ).rowCount!
    }
    const opened = await openStream(url, String(tokens['access_token']))
    await operator.query('commit')
    t.equal(await Promise.race([opened.ended.then(() => 'ended'), sleep(1000, 'open')]), 'open')
    for (const stream of [held, opened]) stream.close()
  }
)

t.test(
  "a stream closes within 5 s of its key's revocation, and no other stream does",
  async (t) => {
    const otherKey = await running.key(user)
    const [revokedStream, openedStream] = [
      await openStream(url, key),
      await openStream(url, otherKey.key)
    ]
    const started = Date.now()
    await running.app.db
      .updateTable('api_keys')
      .set({ revoked_at: new Date() })
      .where('key_id', '=', keyId)
      .execute()
    await revokedStream.ended
    t.ok(Date.now() - started < 5000)
    t.equal((await post(url + openedStream.address, otherKey.key, initialize)).status, 202)
    openedStream.close()
  }
)

t.test('revoking its key closes the connection of a client that does not read', async (t) => {
  const [revoked, validKey] = [await running.key(user), await running.key(user)]
  const { connection, address } = await openStuck(t, running, revoked.key)
  const closed = once(connection, 'close')
  await running.app.db
    .updateTable('api_keys')
    .set({ revoked_at: new Date() })
    .where('key_id', '=', revoked.key_id)
    .execute()
  t.equal(await Promise.race([closed.then(() => 'closed'), sleep(8000, 'open')]), 'closed')
  t.equal((await post(url + address, validKey.key, initialize)).status, 404)
})

t.test('a stream closes when its grant is revoked and when its token expires', async (t) => {
  for (const end of ['revoke', 'expire']) {
    const { tokens, client } = await connected(running)
    const stream = await openStream(url, String(tokens.access_token))
    const started = Date.now()
    if (end === 'revoke') {
      await running.app.db
        .updateTable('oauth_grants')
        .set({ revoked_at: new Date() })
        .where('client_id', '=', client.client_id)
        .execute()
    } else {
      await running.app.db
        .updateTable('oauth_tokens')
        .set({ expires_in: 0 })
        .where('client_id', '=', client.client_id)
        .execute()
    }
    await stream.ended
    t.ok(Date.now() - started < 5000, end)
  }
})
t.test('SIGTERM with 100 open streams: all end, and the process exits 0 within 5 s', async (t) => {
  const settings = await freshSettings(t)
  const { db, close } = await openSettings(settings)
  const user = await insertUser(db, { email: 'a@example.org', password_hash: null })
  const { key } = await issueApiKey(db, { user_id: user!.user_id, name: 'k', scope: 'mcp:tools' })
  await close()
  const service = await spawnService(t, settings)
  const streams = await Promise.all(Array.from({ length: 100 }, () => openStream(service.url, key)))
  const started = Date.now()
  const code = await service.stop('SIGTERM')
  t.equal(code, 0)
  t.ok(Date.now() - started < 5000, `${Date.now() - started} ms`)
  await Promise.all(streams.map(({ ended }) => ended))
})

t.test('a client that does not read does not keep the service from ending', async (t) => {
  const running = await runService(t)
  const { key } = await running.key(await running.person())
  await openStuck(t, running, key)
  t.equal(
    await Promise.race([running.app.close().then(() => 'ended'), sleep(8000, 'still there')]),
    'ended'
  )
})

t.test(
  'a stream that is let in only while the service ends is refused, and the service ends',
  async (t) => {
    const running = await runService(t)
    const { key } = await running.key(await running.person())
    const operator = await databaseClient(t, running.settings)
    await operator.query('begin; lock table api_keys in access exclusive mode')
    const requested = once(running.app.server, 'request')
    const answer = fetch(`${running.url}/mcp`, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(20_000)
    })
    await requested
    const ended = running.app.close().then(() => 'ended')
    while (running.app.server.listening) await sleep(20)
    await operator.query('commit')
    await operator.end()
    t.equal((await answer).status, 503)
    t.match(await (await answer).json(), { error: { message: /Try again/ } })
    t.equal(await Promise.race([ended, sleep(8000, 'still there')]), 'ended')
  }
)
