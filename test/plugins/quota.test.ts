import t from 'tap'
import { call, connectClient } from '../support/mcp-client.ts'
import { runService } from '../support/running.ts'

t.test('the quota of the settings applies to each user alone', async (t) => {
  const running = await runService(t, { MEMORY_QUOTA_COUNT: '2', MEMORY_QUOTA_BYTES: '1000' })
  const connect = async () =>
    connectClient(t, running.url, (await running.key(await running.person())).key)
  const [client, otherClient] = [await connect(), await connect()]
  for (const key of ['a', 'b']) {
    t.notOk((await call(client, 'memory_store', { key, value: 'v' })).isError)
  }
  const refused = await call(client, 'memory_store', { key: 'c', value: 'v' })
  t.equal(refused.isError, true)
  t.match(JSON.stringify(refused), /quota of 2 memories is used up/)
  t.match(
    JSON.stringify(await call(client, 'memory_update', { key: 'a', value: 'x'.repeat(1000) })),
    /quota of 1000 bytes/
  )
  t.notOk((await call(otherClient, 'memory_store', { key: 'c', value: 'v' })).isError)
})
