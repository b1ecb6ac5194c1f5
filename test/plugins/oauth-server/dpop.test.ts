import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import t from 'tap'
import { deleteExpiredDpopProofs } from '../../../db/oauth/dpop-proofs.ts'
import { DpopKey, type Otherwise } from '../../support/dpop.ts'
import { approve, postForm, register, token } from '../../support/oauth-client.ts'
import { registerDynamically } from '../../support/registration-client.ts'
import { runService, secondNode } from '../../support/running.ts'
import { authenticated, dpopFlow } from './dpop-flow.ts'

const running = await runService(t)
const {
  url,
  app: { db }
} = running
const node = await secondNode(t, running)
const visitor = await running.signedIn((await running.person()).email)
const publicClient = await register(running, { method: 'none' })
const client = await register(running)
const { exchange, refresh, bound } = dpopFlow(running, visitor)
const refusals = (reason: string) =>
  db.selectFrom('audit_logs').select('action').where('reason', '=', reason).execute()

t.test('a first proof gets a nonce, consumes nothing and is not audited', async (t) => {
  const key = await DpopKey.generate()
  const approved = await approve(visitor, client)
  const first = await exchange(client, approved, await key.header(url))
  t.match(first, { status: 400, error: 'use_dpop_nonce' })
  t.match(first.headers.get('dpop-nonce'), /^[\w-]{43}$/)
  t.same(await refusals('dpop_nonce_wrong'), [])
  key.took(first)
  const tokens = await exchange(client, approved, await key.header(url))
  t.match(tokens, { status: 200, token_type: 'DPoP' })
  t.ok(tokens.headers.get('dpop-nonce'), 'every answer to a proof brings the nonce for the next')
  const row = await db
    .selectFrom('oauth_tokens')
    .select(['token_type', 'dpop_jkt'])
    .orderBy('issued_at', 'desc')
    .executeTakeFirstOrThrow()
  t.same(row, { token_type: 'DPoP', dpop_jkt: key.jkt })
})

t.test(
  'a proof with a single fault is refused and consumes neither code nor refresh token',
  async (t) => {
    const key = await DpopKey.withNonce(url)
    const now = Math.floor(Date.now() / 1000)
    const otherKey = await generateKeyPair('ES256')
    const whole = await exportJWK(
      (await generateKeyPair('ES256', { extractable: true })).privateKey
    )
    const wrong: Record<string, Otherwise> = {
      'another method': { claims: { htm: 'GET' } },
      'another address': { claims: { htu: `${url}/api/v1/oauth/revoke` } },
      'another host': { claims: { htu: 'https://elsewhere.example/api/v1/oauth/token' } },
      'an address that is none': { claims: { htu: 'token' } },
      'too old': { claims: { iat: now - 360 } },
      'from the future': { claims: { iat: now + 360 } },
      'without a time': { claims: { iat: undefined } },
      'without a jti': { claims: { jti: undefined } },
      'an empty jti': { claims: { jti: '' } },
      'a jti that is no text': { claims: { jti: 7 as unknown as string } },
      'another type': { header: { typ: 'jwt' } },
      'no key': { header: { jwk: undefined as never } },
      'a private key': { header: { jwk: whole as never } },
      'another key than signed': { key: otherKey.privateKey }
    }
    const approved = await approve(visitor, client)
    for (const [name, otherwise] of Object.entries(wrong)) {
      t.match(
        await exchange(client, approved, await key.header(url, otherwise)),
        { status: 400, error: 'invalid_dpop_proof' },
        name
      )
    }
    for (const [name, dpop] of Object.entries({
      'no JWT': 'x.y.z',
      empty: '',
      'too long': `${'x'.repeat(5000)}.y.z`,
      'two in one': `${(await key.header(url)).dpop}, ${(await key.header(url)).dpop}`
    })) {
      t.match(
        await exchange(client, approved, { dpop }),
        { status: 400, error: 'invalid_dpop_proof' },
        name
      )
    }
    t.match(
      await exchange(
        client,
        approved,
        await key.header(url, { claims: { nonce: 'x'.repeat(43) } })
      ),
      { status: 400, error: 'use_dpop_nonce' }
    )
    const noneHeader = JSON.stringify({ typ: 'dpop+jwt', alg: 'none', jwk: key.jwk })
    const [, payload] = (await key.header(url)).dpop.split('.')
    const unsigned = `${Buffer.from(noneHeader).toString('base64url')}.${payload}.`
    t.match(
      await exchange(client, approved, { dpop: unsigned }),
      { status: 400, error: 'invalid_dpop_proof' },
      'not signed'
    )
    const tokens = await exchange(client, approved, await key.header(url))
    t.match(tokens, { status: 200, token_type: 'DPoP' }, 'the code is still good')
    t.match(
      await refresh(
        client,
        tokens['refresh_token'],
        await key.header(url, { claims: { htm: 'GET' } })
      ),
      { status: 400, error: 'invalid_dpop_proof' }
    )
    t.match(await refresh(client, tokens['refresh_token'], await key.header(url)), {
      status: 200,
      token_type: 'DPoP'
    })
  }
)

t.test('a proof works once across all nodes, and its htu is compared as a URL', async (t) => {
  const key = await DpopKey.withNonce(url)
  const jti = randomUUID()
  const proof = await key.header(url, {
    claims: {
      jti,
      htu: `${url.toUpperCase().replace('HTTP', 'http')}/api/v1/./oauth/token?x=1#y`
    }
  })
  const { code, verifier } = await approve(visitor, client)
  t.match(await exchange(client, { code, verifier }, proof), { status: 200, token_type: 'DPoP' })
  const again = { ...authenticated(client), grant_type: 'refresh_token', refresh_token: 'x' }
  for (const at of [url, node]) {
    t.match(await token(at, again, proof), { status: 400, error: 'invalid_dpop_proof' }, at)
  }
  t.equal((await refusals('dpop_proof_used')).length, 2)
  const others = await DpopKey.withNonce(url)
  t.match(
    await token(node, again, await others.header(url, { claims: { jti } })),
    { status: 400, error: 'invalid_grant' },
    'another key may use the same jti, and the nonce of another node'
  )
})

t.test(
  'a code that was requested with dpop_jkt or a pushed proof is redeemed by that key only',
  async (t) => {
    const [key, thief] = [await DpopKey.withNonce(url), await DpopKey.withNonce(url)]
    const approved = await approve(visitor, client, { dpop_jkt: key.jkt })
    t.match(await exchange(client, approved), { status: 400, error: 'invalid_grant' })
    t.match(await exchange(client, approved, await thief.header(url)), {
      status: 400,
      error: 'invalid_grant'
    })
    t.match(await exchange(client, approved, await key.header(url)), {
      status: 200,
      token_type: 'DPoP'
    })

    const push = async (more: Record<string, string>) =>
      postForm(
        `${url}/api/v1/oauth/par`,
        {
          ...authenticated(client),
          response_type: 'code',
          prompt: 'consent',
          redirect_uri: client.redirect_uri,
          code_challenge: 'x'.repeat(43),
          code_challenge_method: 'S256',
          ...more
        },
        { dpop: await key.proof('POST', `${url}/api/v1/oauth/par`) }
      )
    t.match(await push({ dpop_jkt: thief.jkt }), { status: 400, error: 'invalid_dpop_proof' })
    const { request_uri: requestUri } = await push({})
    await approve(visitor, client, { request_uri: String(requestUri) })
    const code = await db
      .selectFrom('oauth_authorization_codes')
      .select('dpop_jkt')
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    t.equal(code.dpop_jkt, key.jkt)
  }
)

t.test('introspection returns the key, and the metadata lists the algorithms', async (t) => {
  const key = await DpopKey.withNonce(url)
  const tokens = await bound(client, key)
  const introspect = (kind: string) =>
    postForm(`${url}/api/v1/oauth/introspect`, {
      ...authenticated(client),
      token: String(tokens[kind])
    })
  t.match(await introspect('access_token'), {
    active: true,
    token_type: 'DPoP',
    cnf: { jkt: key.jkt }
  })
  t.match(await introspect('refresh_token'), { active: true, cnf: { jkt: key.jkt } })
  for (const document of ['oauth-authorization-server', 'oauth-protected-resource/mcp']) {
    const metadata = (await (await fetch(`${url}/.well-known/${document}`)).json()) as Record<
      string,
      unknown
    >
    t.match(metadata['dpop_signing_alg_values_supported'], ['ES256'], document)
  }
})

t.test('proofs are deleted when they can no longer be replayed', async (t) => {
  await db
    .updateTable('oauth_dpop_proofs')
    .set({ expires_at: new Date(Date.now() - 1000) })
    .execute()
  await deleteExpiredDpopProofs(db)
  t.same(await db.selectFrom('oauth_dpop_proofs').selectAll().execute(), [])
})

t.test('a client that registers with dpop_bound_access_tokens gets no bearer tokens', async (t) => {
  const registered = await registerDynamically(url, {
    redirect_uris: [publicClient.redirect_uri],
    token_endpoint_auth_method: 'none',
    dpop_bound_access_tokens: true
  })
  t.match(registered, { status: 201, dpop_bound_access_tokens: true })
  const registeredClient = {
    client_id: registered.client_id,
    redirect_uri: publicClient.redirect_uri
  }
  const approved = await approve(visitor, registeredClient)
  t.match(await exchange(registeredClient, approved), { status: 400, error: 'invalid_request' })
  t.match(
    await exchange(registeredClient, approved, await (await DpopKey.withNonce(url)).header(url)),
    {
      status: 200,
      token_type: 'DPoP'
    }
  )
  t.match(
    await registerDynamically(url, {
      redirect_uris: [publicClient.redirect_uri],
      dpop_bound_access_tokens: 'yes'
    }),
    { status: 400, error: 'invalid_client_metadata' }
  )
})
