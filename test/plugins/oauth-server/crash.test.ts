// database: any
import { once } from 'node:events'
import { extname } from 'node:path'
import t, { type Test } from 'tap'
import { freshSettings, openSettings, spawnService } from '../../support/helper.ts'
import { initialize, post } from '../../support/mcp-client.ts'
import { approve, type OAuthClient, redeem, refresh } from '../../support/oauth-client.ts'
import { freePort } from '../../support/port.ts'
import { type World, worldOf } from './cases/world.ts'

const killer = new URL(`./crash/kill-before-answer${extname(import.meta.url)}`, import.meta.url)
  .href

/** A service that can be killed between commit and answer, and started again on what it left. */
async function mortal(
  t: Test
): Promise<{ world: World; dies: (form: Record<string, string | undefined>) => Promise<void> }> {
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
  let service = await start()
  let connection = await openSettings(settings, { beside: true })
  t.teardown(() => connection.close())
  const world = worldOf({ url, port, db: connection.db, settings, failures: () => [] })
  return {
    world,
    async dies(form) {
      const body = new URLSearchParams(
        Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined)
      )
      await t.rejects(
        fetch(`${url}/token`, { method: 'POST', body, headers: { 'x-test-kill': '1' } }),
        'no answer came'
      )
      if (service.process.exitCode === null && service.process.signalCode === null) {
        await once(service.process, 'exit')
      }
      t.equal(service.process.signalCode, 'SIGKILL')
      await connection.close()
      service = await start()
      connection = await openSettings(settings, { beside: true })
      world.db = connection.db
    }
  }
}

const proof = ({ client_id: id, client_secret: secret }: OAuthClient) => ({
  client_id: id,
  client_secret: secret
})
const works = async ({ url }: World, token: unknown) =>
  (await post(`${url}/mcp`, String(token), initialize)).status === 200

t.test(
  'a refresh whose process dies between commit and answer harms nobody: the retry gets the pair that was made, and so does every other',
  async (t) => {
    const { world, dies } = await mortal(t)
    const { client, tokens } = await world.connected()
    await dies({
      ...proof(client),
      grant_type: 'refresh_token',
      refresh_token: String(tokens['refresh_token'])
    })
    const rows = await world.db
      .selectFrom('oauth_tokens')
      .select(['rotated_at'])
      .where('client_id', '=', client.client_id)
      .execute()
    t.equal(
      rows.filter(({ rotated_at: rotated }) => rotated === null).length,
      1,
      'it had been committed: one live pair'
    )
    t.equal(rows.length, 2)
    const answers = [
      await refresh(world.url, client, tokens['refresh_token']),
      await refresh(world.url, client, tokens['refresh_token'])
    ]
    t.equal(answers[0]!.status, 200)
    t.equal(
      `${String(answers[0]!['access_token'])} ${String(answers[0]!['refresh_token'])}`,
      `${String(answers[1]!['access_token'])} ${String(answers[1]!['refresh_token'])}`
    )
    t.ok(await works(world, answers[0]!['access_token']))
    t.equal((await refresh(world.url, client, answers[0]!['refresh_token'])).status, 200)
  }
)

t.test(
  'a code whose process dies between commit and answer is spent: the retry is refused, and nobody holds its tokens',
  async (t) => {
    const { world, dies } = await mortal(t)
    const [client, visitor] = [await world.register(), await world.visitor()]
    const code = await approve(visitor, client)
    await dies({
      ...proof(client),
      grant_type: 'authorization_code',
      code: code.code,
      code_verifier: code.verifier,
      redirect_uri: client.redirect_uri
    })
    t.match(await redeem(world.url, client, code), { status: 400, error: 'invalid_grant' })
    t.equal(
      (await redeem(world.url, client, await approve(await world.visitor(), client))).status,
      200,
      'connecting again works'
    )
  }
)
