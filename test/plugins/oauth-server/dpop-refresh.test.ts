import t from 'tap'
import { DpopKey } from '../../support/dpop.ts'
import { approve, register } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'
import { dpopFlow } from './dpop-flow.ts'

const running = await runService(t)
const {
  url,
  app: { db }
} = running
const visitor = await running.signedIn((await running.person()).email)
const publicClient = await register(running, { method: 'none' })
const client = await register(running)
const { exchange, refresh, bound, serves } = dpopFlow(running, visitor)

t.test(
  'a public client cannot refresh without its key, and a thief of the token revokes nothing',
  async (t) => {
    const [key, thief] = [await DpopKey.withNonce(url), await DpopKey.withNonce(url)]
    const tokens = await bound(publicClient, key)
    t.match(await refresh(publicClient, tokens['refresh_token']), {
      status: 400,
      error: 'invalid_grant'
    })
    t.match(await refresh(publicClient, tokens['refresh_token'], await thief.header(url)), {
      status: 400,
      error: 'invalid_grant'
    })
    const next = await refresh(publicClient, tokens['refresh_token'], await key.header(url))
    t.match(next, { status: 200, token_type: 'DPoP' })
    const retried = await refresh(publicClient, tokens['refresh_token'], await key.header(url))
    t.match(
      retried,
      { status: 200, token_type: 'DPoP', refresh_token: next['refresh_token'] },
      'a retry gets the same pair'
    )
    t.match(
      await refresh(publicClient, tokens['refresh_token'], await thief.header(url)),
      { status: 400, error: 'invalid_grant' },
      'and the thief not even that'
    )
    await db
      .updateTable('oauth_tokens')
      .set({ rotated_at: new Date(Date.now() - 3600_000) })
      .where('dpop_jkt', '=', key.jkt)
      .where('rotated_at', 'is not', null)
      .execute()
    t.match(await refresh(publicClient, tokens['refresh_token'], await thief.header(url)), {
      status: 400,
      error: 'invalid_grant'
    })
    t.equal(await serves(key, next['access_token']), 200, 'nor does it end the access')
  }
)

t.test('a confidential client may change its key but not drop it', async (t) => {
  const [key, newer] = [await DpopKey.withNonce(url), await DpopKey.withNonce(url)]
  const tokens = await bound(client, key)
  t.match(await refresh(client, tokens['refresh_token']), { status: 400, error: 'invalid_grant' })
  const next = await refresh(client, tokens['refresh_token'], await newer.header(url))
  t.match(next, { status: 200, token_type: 'DPoP' })
  t.equal(await serves(newer, next['access_token']), 200)
  const again = await refresh(client, tokens['refresh_token'], await key.header(url))
  t.match(
    again,
    { status: 200, token_type: 'DPoP' },
    'a retry with another key gets a pair that it can use'
  )
  t.equal(await serves(key, again['access_token']), 200)
  const others = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const proofKey = await DpopKey.withNonce(url)
      const { access_token: access } = await refresh(
        client,
        again['refresh_token'],
        await proofKey.header(url)
      )
      return serves(proofKey, access)
    })
  )
  t.same(others, [200, 200, 200, 200], 'also of several at one instant')
})

t.test(
  'the first refresh with a proof binds bearer tokens, and a later refresh without the ' +
    'key revokes the grant',
  async (t) => {
    const key = await DpopKey.withNonce(url)
    const tokens = await exchange(publicClient, await approve(visitor, publicClient))
    const next = await refresh(publicClient, tokens['refresh_token'], await key.header(url))
    t.match(next, { status: 200, token_type: 'DPoP' })
    t.match(
      await refresh(publicClient, next['refresh_token']),
      { status: 400, error: 'invalid_grant' },
      'what is bound is refused without the key'
    )
    t.equal(await serves(key, next['access_token']), 200, 'and nothing else comes of that')
    t.match(
      await refresh(publicClient, tokens['refresh_token'], await key.header(url)),
      { status: 200, refresh_token: next['refresh_token'] },
      'a retry with the key'
    )
    t.match(await refresh(publicClient, tokens['refresh_token']), {
      status: 400,
      error: 'invalid_grant'
    })
    t.equal(await serves(key, next['access_token']), 401)
  }
)

t.test('concurrent refreshes with proofs by the same key get the same pair', async (t) => {
  const key = await DpopKey.withNonce(url)
  const tokens = await bound(publicClient, key)
  const headers = await Promise.all(Array.from({ length: 8 }, () => key.header(url)))
  const answers = await Promise.all(
    headers.map((header) => refresh(publicClient, tokens['refresh_token'], header))
  )
  t.same(
    answers.map(({ status, token_type: type }) => [status, type]),
    Array(8).fill([200, 'DPoP'])
  )
  t.equal(new Set(answers.map((answer) => answer['refresh_token'])).size, 1)
})
