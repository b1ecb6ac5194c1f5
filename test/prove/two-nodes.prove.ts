import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { sql } from 'kysely'
import { putAppChoice } from '../../db/oauth/app-choices.ts'
import { type DeployedService, deployService } from '../support/deployed-service.ts'
import { onPostgres } from '../support/helper.ts'
import { post, toolsCall } from '../support/mcp-client.ts'
import {
  eventsOf,
  modernBody,
  modernHeaders,
  type ModernMessage,
  postModern
} from '../support/modern-client.ts'

const forms = { elicitation: { form: {} } }
const call = (name: string, args: object, more: object = {}): ModernMessage => ({
  id: 3,
  method: 'tools/call',
  params: { name, arguments: args, ...more }
})

async function send(node: string, credential: string, message: ModernMessage) {
  const answer = await postModern(`${node}/mcp`, credential, message, forms)
  return (await answer.json()) as Record<string, any>
}

/** Opens `subscriptions/listen` on a node; the next message, after the acknowledgement. */
async function listen(node: string, credential: string) {
  const answer = await postModern(`${node}/mcp`, credential, {
    id: 7,
    method: 'subscriptions/listen',
    params: { notifications: { toolsListChanged: true } }
  })
  const events = eventsOf(answer)
  const next = async () => (await events.next()).value as Record<string, any> | undefined
  const acknowledged = await next()
  if (acknowledged?.['method'] !== 'notifications/subscriptions/acknowledged') {
    throw new Error(JSON.stringify(acknowledged))
  }
  return next
}

/** A subscription on each node ends with its result less than three seconds after `revoke`. */
async function expectEnd(
  t: Test,
  { nodes }: DeployedService,
  credential: string,
  revoke: () => Promise<unknown>
): Promise<void> {
  const streams = await Promise.all(nodes.map((node) => listen(node, credential)))
  await revoke()
  const started = performance.now()
  for (const next of streams) {
    t.match(await next(), { id: 7, result: { resultType: 'complete' } })
    t.equal(await next(), undefined)
  }
  const milliseconds = Math.round(performance.now() - started)
  t.ok(milliseconds < 3000, `${milliseconds} ms`)
  for (const node of nodes) {
    t.equal((await postModern(`${node}/mcp`, credential, { method: 'tools/list' })).status, 401)
  }
}

function proveRevocation(service: DeployedService): void {
  const { db, nodes } = service
  const [, second] = nodes as [string, string]

  t.test('each way of revocation ends the subscriptions on both nodes', async (t) => {
    const byApp = await service.connected()
    const appToken = String(byApp.tokens['access_token'])
    await expectEnd(t, service, appToken, () =>
      fetch(`${second}/api/v1/oauth/revoke`, {
        method: 'POST',
        body: new URLSearchParams({
          client_id: byApp.client.client_id,
          client_secret: String(byApp.client.client_secret),
          token: appToken
        })
      })
    )
    const bySql = await service.connected()
    await expectEnd(t, service, String(bySql.tokens['access_token']), () =>
      sql`update oauth_tokens set revoked = true
        where client_id = ${bySql.client.client_id}`.execute(db)
    )
    const byDisabling = await service.connected()
    await expectEnd(t, service, String(byDisabling.tokens['access_token']), () =>
      sql`update oauth_clients set disabled_at = now()
        where client_id = ${byDisabling.client.client_id}`.execute(db)
    )
    const inConsole = await service.connected()
    const { html } = await inConsole.visitor.get('/apps')
    const page = await inConsole.visitor.get(/href="(\/apps\/[^"]+)" data-item/.exec(html)![1]!)
    const form = page.forms.find(({ action }) => action === '/apps/revoke')!
    await expectEnd(t, service, String(inConsole.tokens['access_token']), () =>
      inConsole.visitor.confirm(form)
    )
  })

  t.test('each way to revoke a key ends the subscriptions on both nodes', async (t) => {
    const user = await service.person()
    const bySql = await service.key(user)
    await expectEnd(t, service, bySql, () =>
      sql`update api_keys set revoked_at = now()
        where user_id = ${user.user_id}`.execute(db)
    )
    const key = await service.key(user)
    const { key_id: keyId } = await db
      .selectFrom('api_keys')
      .select('key_id')
      .where('user_id', '=', user.user_id)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow()
    const visitor = await service.visitor(user)
    const page = await visitor.get(`/apps/${keyId}`)
    const form = page.forms.find(({ action }) => action === '/apps/keys/revoke')!
    await expectEnd(t, service, key, () => visitor.confirm(form))
  })
}

function proveSharing(service: DeployedService): void {
  const { db, nodes } = service
  const [first, second] = nodes as [string, string]

  t.test('a subscription on one node hears of tools that changed elsewhere', async (t) => {
    const { client, user, tokens } = await service.connected()
    const streams = await Promise.all(
      service.nodes.map((node) => listen(node, String(tokens['access_token'])))
    )
    await putAppChoice(db, user.user_id, String(client.client_id), { tool_list: 'everything' })
    for (const next of streams) {
      t.match(await next(), { method: 'notifications/tools/list_changed' })
    }
  })

  t.test('a question that one node asked is answered on the other', async (t) => {
    const key = await service.key(await service.person())
    for (let count = 0; count < 11; count++) {
      await post(`${first}/mcp`, key, toolsCall('memory_store', { key: `k${count}`, value: 'v' }))
    }
    for (let count = 0; count < 10; count++) {
      const { result } = await send(first, key, call('memory_delete', { key: `k${count}` }))
      t.match(result, { structuredContent: { deleted: true } })
    }
    const { result } = await send(first, key, call('memory_delete', { key: 'k10' }))
    t.match(result, { resultType: 'input_required', requestState: String })
    const inputResponses = { confirmation: { action: 'accept', content: { confirmed: true } } }
    const answered = { requestState: result.requestState, inputResponses }
    t.match((await send(second, key, call('memory_delete', { key: 'k10' }, answered))).result, {
      structuredContent: { deleted: true }
    })
  })

  t.test('a client that leaves one node cancels its call there', async (t) => {
    const key = await service.key(await service.person())
    const leave = new AbortController()
    const message = call('memory_store', { key: 'left', value: 'v' })
    await db.transaction().execute(async (trx) => {
      await sql`lock table memories in access exclusive mode`.execute(trx)
      const left = fetch(`${first}/mcp`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...modernHeaders(message)
        },
        body: JSON.stringify(modernBody(message)),
        signal: leave.signal
      })
      await waitForLocks(db, 1)
      leave.abort()
      await t.rejects(left)
      await waitForLocks(db, 0)
    })
    t.match((await send(second, key, call('memory_recall', { key: 'left' }))).result, {
      isError: true,
      content: [{ text: /left/ }]
    })
  })

  t.test('nothing leaves a failure in the log', async (t) => t.same(service.failures(), []))
}

/** Waits until so many queries of this database wait for a lock. */
async function waitForLocks(db: DeployedService['db'], count: number): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
    if (rows[0]!.waiting === count) return
    await sleep(20)
  }
}

if (onPostgres) {
  const service = await deployService(t, 2)
  proveRevocation(service)
  proveSharing(service)
} else t.pass('the embedded database has one process')
