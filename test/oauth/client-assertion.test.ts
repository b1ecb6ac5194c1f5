import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { sql } from 'kysely'
import t from 'tap'
import { ASSERTION_TYPE } from '../../plugins/oauth-server/client-assertion.ts'
import { issueClient } from '../../db/oauth-clients.ts'
import { DpopKey } from '../dpop.ts'
import type { JwkSet } from '../../db/tables/index.ts'
import { approve, postForm, redeem, token } from '../oauth-client.ts'
import { outside } from '../outside.ts'
import { runService } from '../running.ts'

const REDIRECT = 'https://app.example.com/callback'
const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
const other = await generateKeyPair('ES256')
const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
const clientId = 'https://app.example.com/client.json'
let keys: object[] = [jwk]
const world = await outside(t, ({ url, headers: { host } }, response) => {
  if (url === '/gone.json') return response.writeHead(403).end()
  const own =
    host === 'app.example.com'
      ? document
      : {
          ...document,
          client_id: `https://${host}/client.json`,
          jwks_uri: `https://${host}/gone.json`
        }
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify(url === '/keys.json' ? { keys } : own))
})
// As ChatGPT's: a private key, or none.
const document = {
  client_id: clientId,
  client_name: 'Chat',
  redirect_uris: [REDIRECT],
  jwks_uri: 'https://app.example.com/keys.json',
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_methods_supported: ['none', 'private_key_jwt']
}
const running = await runService(t, {}, undefined, { network: world.network })
const visitor = await running.signedIn((await running.person()).email)
const client = { client_id: clientId, redirect_uri: REDIRECT }

interface Made {
  claims?: JWTPayload
  expires?: string
  audience?: string | string[]
  alg?: string
  key?: Parameters<SignJWT['sign']>[0]
  kid?: string | null
}
function assertion({
  claims = {},
  expires = '5m',
  audience = `${running.url}/api/v1/oauth/token`,
  alg = 'ES256',
  key = privateKey,
  kid = 'k1'
}: Made = {}): Promise<string> {
  const payload = { iss: clientId, sub: clientId, jti: randomUUID(), ...claims }
  return new SignJWT(payload)
    .setProtectedHeader({ alg, ...(kid !== null && { kid }) })
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(key)
}
async function exchange(made: string, more: Record<string, string | undefined> = {}) {
  const { code, verifier } = await approve(visitor, client)
  return redeem(
    running.url,
    client,
    { code, verifier },
    { client_assertion_type: ASSERTION_TYPE, client_assertion: made, ...more }
  )
}

// First: of one network so many refusals are noted in a minute, and no more.
t.test(
  'keys that cannot be fetched are asked for once in a while only, whoever asks',
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

t.test(
  'a client proves itself with its private key, for the issuer or the token endpoint, with or without naming itself',
  async (t) => {
    t.equal((await exchange(await assertion())).status, 200)
    t.equal((await exchange(await assertion({ audience: running.url }))).status, 200)
    t.equal((await exchange(await assertion({ audience: [running.url] }))).status, 200)
    t.equal((await exchange(await assertion(), { client_id: undefined })).status, 200)
    t.equal(
      (await redeem(running.url, client, await approve(visitor, client))).status,
      200,
      'and, as its document says, without one'
    )
  }
)

t.test(
  'a nonce for a proof of possession is asked for before the assertion is spent, so that the same request may come again with it',
  async (t) => {
    const key = await DpopKey.generate()
    const { code, verifier } = await approve(visitor, client)
    const form = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: REDIRECT,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await assertion()
    }
    t.match(key.took(await token(running.url, form, await key.header(running.url))), {
      status: 400,
      error: 'use_dpop_nonce'
    })
    t.match(await token(running.url, form, await key.header(running.url)), {
      status: 200,
      token_type: 'DPoP'
    })
    const pushed = {
      response_type: 'code',
      redirect_uri: REDIRECT,
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await assertion()
    }
    const push = async (one: DpopKey) =>
      postForm(`${running.url}/api/v1/oauth/par`, pushed, {
        dpop: await one.proof('POST', `${running.url}/api/v1/oauth/par`)
      })
    t.match(await push(await DpopKey.generate()), { status: 400, error: 'use_dpop_nonce' })
    t.match(await push(key), { status: 201 })
  }
)

t.test('who may come without a proof learns nothing of tokens without one', async (t) => {
  const tokens = await exchange(await assertion())
  const introspect = (more: Record<string, string>) =>
    postForm(`${running.url}/api/v1/oauth/introspect`, {
      client_id: clientId,
      token: String(tokens['access_token']),
      ...more
    })
  t.match(await introspect({}), { status: 401, error: 'invalid_client', username: undefined })
  t.match(
    await introspect({
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await assertion()
    }),
    { status: 200, active: true }
  )
})

t.test('an assertion that is wrong in one thing is refused, and costs nothing', async (t) => {
  const approved = await approve(visitor, client)
  const wrong: Record<string, Made> = {
    audience: { audience: 'https://elsewhere.example' },
    'another audience beside ours': { audience: [running.url, 'https://elsewhere.example'] },
    expired: { expires: '-5m' },
    'too long': { expires: '3h' },
    'another issuer': { claims: { iss: 'https://other.example.com/c.json' } },
    'another subject': { claims: { sub: 'https://other.example.com/c.json' } },
    'without jti': { claims: { jti: undefined } },
    'another key': { key: other.privateKey },
    'unknown key': { kid: 'k2' },
    symmetric: { alg: 'HS256', key: new TextEncoder().encode('x'.repeat(32)) }
  }
  for (const [name, made] of Object.entries(wrong)) {
    const answer = await redeem(running.url, client, approved, {
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await assertion(made)
    })
    t.match(answer, { status: 401, error: 'invalid_client' }, name)
  }
  const [, body] = (await assertion()).split('.')
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`
  t.match(
    await redeem(running.url, client, approved, {
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: none
    }),
    { status: 401, error: 'invalid_client' }
  )
  t.match(
    await redeem(running.url, client, approved, {
      client_assertion_type: 'other',
      client_assertion: await assertion()
    }),
    { status: 400, error: 'invalid_request' }
  )
  t.match(
    await redeem(running.url, client, approved, {
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await assertion(),
      client_secret: 'x'
    }),
    { status: 400, error: 'invalid_request' }
  )
  t.equal((await redeem(running.url, client, approved)).status, 200)
})

t.test('an assertion is good once, also at one instant', async (t) => {
  const made = await assertion()
  t.equal((await exchange(made)).status, 200)
  t.match(await exchange(made), { status: 401, error: 'invalid_client' })
  const next = await assertion()
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      token(running.url, {
        grant_type: 'refresh_token',
        refresh_token: 'kgr_unknown',
        client_id: clientId,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: next
      })
    )
  )
  t.equal(answers.filter(({ error }) => error === 'invalid_grant').length, 1)
  t.equal(answers.filter(({ error }) => error === 'invalid_client').length, 7)
})

t.test('of several keys without a kid the right one is found', async (t) => {
  const several = { keys: await Promise.all([other.publicKey, publicKey].map(exportJWK)) }
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

t.test('a key that is none proves nothing', async (t) => {
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

t.test(
  'what strangers make this server fetch is bounded, and uses up nothing of what others need',
  async (t) => {
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
  }
)

t.test('a client that may come without a key comes in while its keys cannot be had', async (t) => {
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
})

t.test(
  'a client that is registered with a key alone must use it, and others must not',
  async (t) => {
    const { db } = running.app
    await db
      .updateTable('oauth_clients')
      .set({ token_endpoint_auth_methods: sql<string>`null` })
      .where('client_id', '=', clientId)
      .execute()
    const approved = await approve(visitor, client)
    t.match(await redeem(running.url, client, approved), { status: 401, error: 'invalid_client' })
    t.equal((await exchange(await assertion())).status, 200)
    await db
      .updateTable('oauth_clients')
      .set({ token_endpoint_auth_method: 'none' })
      .where('client_id', '=', clientId)
      .execute()
    t.match(
      await redeem(running.url, client, approved, {
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion()
      }),
      { status: 401, error: 'invalid_client' }
    )
    keys = []
  }
)
