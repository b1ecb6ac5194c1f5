import { exportJWK } from 'jose'
import t from 'tap'
import { ASSERTION_TYPE } from '../../../plugins/oauth-server/client/assertion.ts'
import { issueClient } from '../../../db/oauth/clients.ts'
import type { JwkSet } from '../../../db/schema/index.ts'
import { approve, redeem, token } from '../../support/oauth-client.ts'
import { clientWithKey, unpublishedKey, publicKey, REDIRECT } from './client-with-key.ts'

const { world, running, visitor, assertion } = await clientWithKey(t)

// First: of one network so many refusals are noted in a minute, and no more.
t.test(
  'keys that cannot be fetched are requested only now and then, whoever causes it',
  async (t) => {
    const uri = 'https://gone.example.com/gone.json'
    for (const id of ['gone-1', 'gone-2']) {
      await issueClient(running.app.db, id, {
        client_name: id,
        redirect_uris: [REDIRECT],
        scope: 'mcp:tools',
        token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri: uri
      })
    }
    for (let i = 0; i < 6; i++) {
      const id = `gone-${(i % 2) + 1}`
      const made = await assertion({ claims: { iss: id, sub: id } })
      t.match(
        await token(running.url, {
          grant_type: 'refresh_token',
          refresh_token: 'x',
          client_id: id,
          client_assertion_type: ASSERTION_TYPE,
          client_assertion: made
        }),
        { status: 401, error: 'invalid_client' }
      )
    }
    t.equal(world.requests.filter((url) => url === 'gone.example.com/gone.json').length, 1)
    const [row] = await running.app.db
      .selectFrom('audit_logs')
      .select('reason')
      .where('client_id', '=', 'gone-1')
      .execute()
    t.equal(row?.reason, 'client_keys_unavailable')
  }
)

t.test('the right key is selected from several without a kid', async (t) => {
  const several = { keys: await Promise.all([unpublishedKey.publicKey, publicKey].map(exportJWK)) }
  await issueClient(running.app.db, 'several-keys', {
    client_name: 'Several',
    redirect_uris: [REDIRECT],
    scope: 'mcp:tools',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: several as JwkSet
  })
  const claims = { iss: 'several-keys', sub: 'several-keys' }
  const answer = await token(running.url, {
    grant_type: 'refresh_token',
    refresh_token: 'kgr_unknown',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await assertion({ claims, kid: null })
  })
  t.match(answer, { status: 400, error: 'invalid_grant' }, 'the client is proven')
})

t.test('an invalid key does not authenticate', async (t) => {
  const point = { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }
  await issueClient(running.app.db, 'no-key', {
    client_name: 'No key',
    redirect_uris: [REDIRECT],
    scope: 'mcp:tools',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [point] }
  })
  const made = await assertion({ claims: { iss: 'no-key', sub: 'no-key' }, kid: null })
  t.match(
    await token(running.url, {
      grant_type: 'refresh_token',
      refresh_token: 'x',
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: made
    }),
    { status: 401, error: 'invalid_client' }
  )
})

t.test('what strangers make this server fetch has a limit of its own', async (t) => {
  const strangers = Array.from({ length: 25 }, (_, i) => `stranger-${i}`)
  for (const id of [...strangers, 'known']) {
    const registration = id === 'known' ? ('operator' as const) : ('dynamic' as const)
    await issueClient(running.app.db, id, {
      client_name: id,
      redirect_uris: [REDIRECT],
      scope: 'mcp:tools',
      token_endpoint_auth_method: 'private_key_jwt',
      registration,
      jwks_uri: `https://${id}.example.com/gone.json`
    })
    const made = await assertion({ claims: { iss: id, sub: id } })
    await token(running.url, {
      grant_type: 'refresh_token',
      refresh_token: 'x',
      client_id: id,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: made
    })
  }
  const fetched = (start: string) => world.requests.filter((url) => url.startsWith(start)).length
  t.equal(fetched('stranger-'), 20, 'in a minute')
  t.equal(fetched('known.'), 1)
})

t.test(
  'a client that may authenticate with none is accepted while its keys cannot be fetched',
  async (t) => {
    const id = 'https://blocked.example.com/client.json'
    const blocked = { client_id: id, redirect_uri: REDIRECT }
    const { code, verifier } = await approve(visitor, blocked)
    const made = await assertion({ claims: { iss: id, sub: id } })
    t.equal(
      (
        await redeem(
          running.url,
          blocked,
          { code, verifier },
          { client_assertion_type: ASSERTION_TYPE, client_assertion: made }
        )
      ).status,
      200
    )
  }
)
