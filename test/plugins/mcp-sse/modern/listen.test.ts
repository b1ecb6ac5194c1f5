import t from 'tap'
import { putAppChoice } from '../../../../db/oauth/app-choices.ts'
import { connected } from '../../../support/oauth-client.ts'
import { eventsOf, postModern } from '../../../support/modern-client.ts'
import { runService } from '../../../support/running.ts'
import { openStream } from '../stream-client.ts'
import { initialize, post } from '../../../support/mcp-client.ts'

const running = await runService(t)
const { url, app } = running
const user = await running.person()
const subscription = 'io.modelcontextprotocol/subscriptionId'

async function listen(credential: string, id: unknown, notifications: unknown) {
  const method = 'subscriptions/listen'
  const answer = await postModern(`${url}/mcp`, credential, {
    id,
    method,
    params: { notifications }
  })
  const events = eventsOf(answer)
  const next = async () => (await events.next()).value as Record<string, any> | undefined
  return { answer, next }
}

t.test('a subscription is acknowledged with what the server announces, under its id', async (t) => {
  const { key } = await running.key(user)
  for (const id of [0, 'listen:0']) {
    const { answer, next } = await listen(key, id, {
      promptsListChanged: true,
      resourceSubscriptions: ['memory://x']
    })
    t.equal(answer.headers.get('content-type'), 'text/event-stream')
    t.equal(answer.headers.get('x-accel-buffering'), 'no')
    t.same(await next(), {
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: { _meta: { [subscription]: id }, notifications: {} }
    })
    t.match(await next(), { id, result: { resultType: 'complete', _meta: { [subscription]: id } } })
    t.equal(await next(), undefined, 'a stream of nothing ends')
  }
  const { answer } = await listen(key, 1, undefined)
  t.match(await answer.json(), { id: 1, error: { code: -32602 } })
})

t.test("a changed list of the app's tools is announced on both kinds of streams", async (t) => {
  const { tokens, client, user: owner } = await connected(running)
  const token = String(tokens['access_token'])
  const { next } = await listen(token, 'l', { toolsListChanged: true })
  t.match(await next(), { params: { notifications: { toolsListChanged: true } } })
  const older = await openStream(url, token)
  await post(url + older.address, token, initialize)
  await older.next()
  await putAppChoice(app.db, owner.user_id, String(client.client_id), { tool_list: 'everything' })
  const changed = await next()
  t.match(changed, {
    method: 'notifications/tools/list_changed',
    params: { _meta: { [subscription]: 'l' } }
  })
  t.match(await older.next(), /notifications\/tools\/list_changed/)
  older.close()
})

t.test('revocation ends a subscription with its result within three seconds', async (t) => {
  const { key, key_id: keyId } = await running.key(user)
  const { next } = await listen(key, 7, { toolsListChanged: true })
  await next()
  const started = Date.now()
  await app.db
    .updateTable('api_keys')
    .set({ revoked_at: new Date() })
    .where('key_id', '=', keyId)
    .execute()
  t.match(await next(), { id: 7, result: { resultType: 'complete' } })
  t.equal(await next(), undefined)
  t.ok(Date.now() - started < 3000, `${Date.now() - started} ms`)
})

t.test('a person has at most 200 streams of all kinds; the service ends them all', async (t) => {
  const ending = await runService(t)
  const { key } = await ending.key(await ending.person())
  const open = () =>
    postModern(`${ending.url}/mcp`, key, {
      id: 'x',
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true } }
    })
  const answers = await Promise.all(Array.from({ length: 200 }, open))
  const refused = await open()
  t.match([refused.status, await refused.json()], [429, { id: 'x', error: { code: -32603 } }])
  const ended = Promise.all(answers.map((answer) => answer.text()))
  await ending.app.close()
  for (const text of await ended) t.match(text, /"resultType":"complete"/)
})
