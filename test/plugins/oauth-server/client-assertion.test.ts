import { sql } from 'kysely'
import t from 'tap'
import { ASSERTION_TYPE } from '../../../plugins/oauth-server/client/assertion.ts'
import { DpopKey } from '../../support/dpop.ts'
import { approve, postForm, redeem, token } from '../../support/oauth-client.ts'
import {
  clientId,
  clientWithKey,
  type AssertionOptions,
  unpublishedKey,
  REDIRECT
} from './client-with-key.ts'

const { running, visitor, client, assertion, exchange } = await clientWithKey(t)

t.test(
  'a client authenticates with a private_key_jwt for the issuer or the token endpoint',
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
  'a missing DPoP nonce does not consume the assertion, so the client can repeat the request',
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
    const push = async (proofKey: DpopKey) =>
      postForm(`${running.url}/api/v1/oauth/par`, pushed, {
        dpop: await proofKey.proof('POST', `${running.url}/api/v1/oauth/par`)
      })
    t.match(await push(await DpopKey.generate()), { status: 400, error: 'use_dpop_nonce' })
    t.match(await push(key), { status: 201 })
  }
)

t.test(
  'a client that may authenticate with none cannot introspect without an assertion',
  async (t) => {
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
  }
)

t.test('an assertion with a single fault is refused and consumes nothing', async (t) => {
  const approved = await approve(visitor, client)
  const wrong: Record<string, AssertionOptions> = {
    audience: { audience: 'https://elsewhere.example' },
    'another audience beside ours': { audience: [running.url, 'https://elsewhere.example'] },
    expired: { expires: '-5m' },
    'too long': { expires: '3h' },
    'another issuer': { claims: { iss: 'https://other.example.com/c.json' } },
    'another subject': { claims: { sub: 'https://other.example.com/c.json' } },
    'without jti': { claims: { jti: undefined } },
    'another key': { key: unpublishedKey.privateKey },
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

t.test('an assertion works once, even when it is sent concurrently', async (t) => {
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

t.test(
  'a client that is registered for private_key_jwt must use it, and no other client may',
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
  }
)
