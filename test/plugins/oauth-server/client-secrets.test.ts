import { sql } from 'kysely'
import t from 'tap'
import { audited } from '../../cli/audited.ts'
import { kagura, kaguraJson, refuses } from '../../cli/command.ts'
import { insertFormerSecret } from '../../../db/oauth/client-secrets.ts'
import { deleteClient, rotateClientSecret } from '../../../db/oauth/clients.ts'
import { secretDigest } from '../../../lib/secrets.ts'
import { type Answer, type OAuthClient, register, token } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { url, app, settings } = running
const basic = (client: OAuthClient, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${client.client_id}:${secret}`).toString('base64')}`
})

/**
 * Asks with a refresh token that is nobody's: invalid_grant when the client was proven,
 * invalid_client when not.
 */
function prove(client: OAuthClient, secret: string | undefined, headers = {}): Promise<Answer> {
  return token(
    url,
    {
      grant_type: 'refresh_token',
      refresh_token: 'x',
      client_id: client.client_id,
      client_secret: secret
    },
    headers
  )
}
const works = async (client: OAuthClient, secret: string | undefined) =>
  (await prove(client, secret)).error === 'invalid_grant'
/** Rotates the secret with an overlap, like the command, but in this process. */
const keepFormer = (client: OAuthClient) =>
  app.db.transaction().execute(async (trx) => {
    await insertFormerSecret(trx, client.client_id, 3600)
    return (await rotateClientSecret(trx, client.client_id))!
  })
const rotate = (client: OAuthClient, ...args: string[]) =>
  kaguraJson(settings, ['client', 'rotate-secret', client.client_id, ...args])

t.test(
  'both secrets work after a rotation with overlap until the former one expires, in ' +
    'body and header',
  async (t) => {
    const client = await register(running)
    const former = client.client_secret!
    const rotated = await rotate(client, '--overlap', '24h')
    const left = Date.parse(rotated.former_secret_expires_at) - Date.now()
    t.ok(Math.abs(left - 86_400_000) < 60_000, 'it says until when')
    for (const secret of [former, rotated.client_secret]) {
      t.ok(await works(client, secret))
      t.equal(
        (
          await token(
            url,
            { grant_type: 'refresh_token', refresh_token: 'x' },
            basic(client, secret)
          )
        ).error,
        'invalid_grant'
      )
    }
    t.match((await kaguraJson(settings, ['client', 'show', client.client_id])).former_secrets, [
      { expires_at: rotated.former_secret_expires_at }
    ])
    t.match(
      (await kagura(settings, ['client', 'show', client.client_id])).stdout,
      /Former secret: +works until \d{4}-/
    )
    await app.db
      .updateTable('oauth_client_secrets')
      .set({ expires_at: sql`now()` })
      .where('client_id', '=', client.client_id)
      .execute()
    t.notOk(await works(client, former), 'ended')
    t.ok(await works(client, rotated.client_secret))
    const clientDetails = await kaguraJson(settings, ['client', 'show', client.client_id])
    t.notOk('former_secrets' in clientDetails || 'registration_token_hash' in clientDetails)
    const noted = JSON.stringify(await audited(app.db, 'oauth.client.secret_rotated'))
    t.notOk(
      [former, rotated.client_secret, secretDigest(former)].some((secret) => noted.includes(secret))
    )
  }
)

t.test(
  'several rotations leave several secrets, and one without overlap ends them all',
  async (t) => {
    const client = await register(running)
    const first = client.client_secret!
    const second = await keepFormer(client)
    const third = await keepFormer(client)
    t.same(await Promise.all([first, second, third].map((secret) => works(client, secret))), [
      true,
      true,
      true
    ])
    const last = (await rotate(client)).client_secret
    t.same(await Promise.all([first, second, third, last].map((secret) => works(client, secret))), [
      false,
      false,
      false,
      true
    ])
  }
)

t.test('SQL of the operator replaces only the secret in the row', async (t) => {
  const client = await register(running)
  const former = client.client_secret!
  const second = await keepFormer(client)
  await sql`
    update oauth_clients set client_secret_hash = encode(digest('by hand', 'sha256'), 'hex')
    where client_id = ${client.client_id}`.execute(app.db)
  t.same(await Promise.all([former, second, 'by hand'].map((secret) => works(client, secret))), [
    true,
    false,
    true
  ])
})

t.test('a client that becomes public or is deleted loses every secret', async (t) => {
  const client = await register(running)
  const former = client.client_secret!
  await keepFormer(client)
  await kaguraJson(settings, ['client', 'update', client.client_id, '--auth-method', 'none'])
  t.match(await prove(client, former), { status: 401, error: 'invalid_client' })
  t.equal((await prove(client, undefined)).error, 'invalid_grant')
  await refuses(t, settings, ['client', 'rotate-secret', client.client_id], /has no secret/)
  await kaguraJson(settings, [
    'client',
    'update',
    client.client_id,
    '--auth-method',
    'client_secret_post'
  ])
  t.notOk(await works(client, former), 'nor when it gets another one')
  await keepFormer(client)
  await deleteClient(app.db, client.client_id)
  t.same(
    await app.db
      .selectFrom('oauth_client_secrets')
      .selectAll()
      .where('client_id', '=', client.client_id)
      .execute(),
    []
  )
})

t.test(
  'wrong secrets throttle only their sender, and the right secret is never refused',
  async (t) => {
    const client = await register(running)
    const statuses = []
    for (let tries = 0; tries < 22; tries++) statuses.push((await prove(client, 'wrong')).status)
    t.same(statuses, [...Array(20).fill(401), 429, 429])
    const late = await prove(client, undefined, {})
    t.match(late, { status: 401, error: 'invalid_client' }, 'none at all is not a guess')
    const throttled = await token(
      url,
      { grant_type: 'refresh_token', refresh_token: 'x' },
      basic(client, 'wrong')
    )
    t.match(throttled, { status: 429, error: 'invalid_client', request_id: /./ })
    t.match(throttled.headers.get('retry-after'), /^[1-9]\d*$/)
    t.match(throttled.headers.get('www-authenticate'), /^Basic /)
    t.ok(await works(client, client.client_secret))
    const otherClient = await register(running)
    t.equal((await prove(otherClient, 'wrong')).status, 401, 'another client is not concerned')
    t.equal((await prove({ ...client, client_id: 'nobody' }, 'wrong')).status, 401)
  }
)
