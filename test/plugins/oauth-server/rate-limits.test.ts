import t from 'tap'
import { audited } from '../../cli/audited.ts'
import { approve, connected, redeem, refresh, token } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const from = (address: string) => ({ 'x-forwarded-for': address })

t.test(
  'an address that asks too much waits, in the format of each endpoint, and nothing ' +
    'else is limited',
  async (t) => {
    const { url, app } = await runService(t, {
      TRUST_PROXY: '127.0.0.1',
      RATE_LIMIT_PER_ADDRESS: '5'
    })
    const ask = (path: string, address: string, init: RequestInit = {}) =>
      fetch(url + path, { ...init, headers: { accept: 'text/html', ...from(address) } })
    for (let count = 0; count < 5; count++) {
      t.equal((await token(url, { client_id: 'none' }, from('192.0.2.1'))).status, 401)
    }
    for (const path of ['/api/v1/oauth/token', '/token/', '/api/v1/oauth/device_authorization']) {
      const answer = await ask(path, '192.0.2.1', {
        method: 'POST',
        body: new URLSearchParams({ client_id: 'none' })
      })
      t.equal(answer.status, 429, path)
      t.match(await answer.json(), {
        error: 'temporarily_unavailable',
        request_id: answer.headers.get('x-request-id')
      })
      t.match(Number(answer.headers.get('retry-after')), /^[1-9]\d?$/)
    }
    for (const path of [
      '/login',
      '/api/v1/oauth/authorize?client_id=none',
      '/authorize',
      '/device'
    ]) {
      const answer = await ask(path, '192.0.2.1')
      t.equal(answer.status, 429, path)
      t.match(
        await answer.text(),
        answer.headers.get('x-request-id')!,
        'the page shows the request id'
      )
      t.ok(answer.headers.has('retry-after'))
    }
    for (const path of ['/%6cogin', '/%61pi/v1/oauth/%74oken', '/apps/keys', '/apps/%6beys']) {
      t.equal(
        (await ask(path, '192.0.2.1', { method: path.startsWith('/apps') ? 'POST' : 'GET' }))
          .status,
        429,
        `${path}: another spelling is the same route`
      )
    }
    for (const path of [
      '/.well-known/oauth-authorization-server',
      '/.well-known/oauth-protected-resource',
      '/health',
      '/style.css'
    ]) {
      for (let count = 0; count < 7; count++) {
        t.equal((await ask(path, '192.0.2.1')).status, 200, path)
      }
    }
    for (let count = 0; count < 7; count++) {
      t.equal((await ask('/api/v1/mcp/sse', '192.0.2.1', { method: 'POST' })).status, 401)
    }
    t.equal((await token(url, { client_id: 'none' }, from('192.0.2.2'))).status, 401)
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/login`)))
    t.ok(
      answers.every(({ status }) => status === 200),
      'loopback has no bound'
    )
    t.match(
      await audited(app.db, 'request.refused'),
      [{ reason: 'address_limit', ip_address: '192.0.2.1' }],
      'noted once'
    )
  }
)

t.test('RATE_LIMIT_PER_ADDRESS=0 removes the limit by address', async (t) => {
  const { url } = await runService(t, { TRUST_PROXY: '127.0.0.1', RATE_LIMIT_PER_ADDRESS: '0' })
  for (let count = 0; count < 10; count++) {
    t.equal((await token(url, { client_id: 'none' }, from('192.0.2.1'))).status, 401)
  }
})

t.test(
  'strangers cause a few audit rows per network and minute, and an authenticated ' +
    'client is always audited',
  async (t) => {
    const running = await runService(t, { TRUST_PROXY: '127.0.0.1', RATE_LIMIT_PER_ADDRESS: '0' })
    const { url, app } = running
    const { client } = await connected(running)
    const began = Date.now()
    const flood = async (address: string) => {
      const headers = { accept: 'text/html', 'sec-fetch-site': 'same-origin', ...from(address) }
      const body = () => new URLSearchParams({ email: 'ada@example.com', password: 'wrong' })
      await Promise.all(
        Array.from({ length: 6 }, () =>
          Promise.all([
            token(url, { client_id: 'none' }, headers),
            fetch(`${url}/api/v1/oauth/authorize?client_id=none`, { headers }),
            fetch(`${url}/api/v1/oauth/register`, { method: 'POST', headers, body: '{}' }),
            fetch(`${url}/api/v1/mcp/sse`, {
              method: 'POST',
              headers: { ...headers, origin: 'https://evil.example' }
            })
          ])
        )
      )
      await Promise.all(
        Array.from({ length: 21 }, () =>
          fetch(`${url}/login`, { method: 'POST', headers, body: body() })
        )
      )
    }
    await flood('192.0.2.7')
    await token(url, { client_id: 'none' }, from('192.0.2.8'))
    for (let count = 0; count < 21; count++) {
      const proof = { client_id: client.client_id, client_secret: client.client_secret }
      const form = { grant_type: 'refresh_token', refresh_token: 'kgr_dead', ...proof }
      t.equal((await token(url, form, from('192.0.2.7'))).status, 400)
    }
    const rows = await app.db
      .selectFrom('audit_logs')
      .selectAll()
      .where('ip_address', '=', '192.0.2.7')
      .orderBy('id')
      .execute()
    const minutes = 1 + Math.floor((Date.now() - began) / 60_000)
    const refused = rows.filter(
      ({ action, client_id: id }) => action.endsWith('refused') && id !== client.client_id
    )
    const failed = rows.filter(({ action }) => action === 'auth.login.failed')
    for (const noted of [refused, failed]) {
      t.ok(noted.length >= 20 && noted.length <= 20 * minutes, `${noted.length} are noted`)
      t.match(noted[19]!.details, { last_of_this_minute: true })
    }
    t.equal(rows.filter(({ client_id: id }) => id === client.client_id).length, 21)
    t.equal(
      (
        await app.db
          .selectFrom('audit_logs')
          .select('id')
          .where('ip_address', '=', '192.0.2.8')
          .execute()
      ).length,
      1,
      'another network has its own'
    )
  }
)

t.test(
  'a client that retries an invalid refresh token is throttled, and valid requests ' +
    'still succeed',
  async (t) => {
    const running = await runService(t)
    const { client, visitor, tokens } = await connected(running)
    const otherConnection = await connected(running)
    const answers = []
    for (let round = 0; round < 7; round++) {
      answers.push(
        ...(await Promise.all(
          Array.from({ length: 27 }, () => refresh(running.url, client, 'kgr_dead'))
        ))
      )
    }
    t.equal(
      answers.filter(({ status, error }) => status === 400 && error === 'invalid_grant').length,
      60
    )
    const slowed = answers.filter(({ status }) => status === 429)
    t.equal(slowed.length, 189 - 60)
    t.ok(
      slowed.every(
        ({ error, headers }) =>
          error === 'temporarily_unavailable' && Number(headers.get('retry-after')) > 0
      ),
      'not a code that says the token is dead'
    )
    t.equal(
      (await refresh(running.url, client, tokens.refresh_token)).status,
      200,
      'the same client with a good token'
    )
    t.equal((await redeem(running.url, client, await approve(visitor, client))).status, 200)
    t.match(
      await refresh(running.url, otherConnection.client, 'kgr_dead'),
      { status: 400, error: 'invalid_grant' },
      'another client'
    )
    const rows = await audited(running.app.db, 'oauth.token.refused')
    t.equal(
      rows.filter(({ client_id: id }) => id === client.client_id).length,
      61,
      'the flood is noted once'
    )
    t.equal(rows.filter(({ reason }) => reason === 'refusal_limit').length, 1)
  }
)

t.test('unlimited anonymous requests cause a few audit rows per address', async (t) => {
  const { url, app } = await runService(t, { TRUST_PROXY: '127.0.0.1' })
  const flood = (addresses: string[], headers: Record<string, string>) =>
    Promise.all(
      addresses.map((address) =>
        fetch(`${url}/mcp`, {
          method: 'POST',
          headers: { ...headers, 'x-forwarded-for': address }
        }).then(({ status }) => status)
      )
    )
  t.same(
    new Set(
      await flood(
        Array.from({ length: 50 }, (_, i) => `2001:db8::${i + 1}`),
        { origin: 'https://evil.example' }
      )
    ),
    new Set([403])
  )
  t.same(await flood(['192.0.2.7'], { origin: 'https://evil.example' }), [403])
  const rows = await audited(app.db, 'request.refused')
  t.equal(rows.length, 21, 'addresses of one /64 are one')
  t.ok(
    rows.some(({ ip_address: address }) => address === '192.0.2.7'),
    'another address is noted all the same'
  )
})
