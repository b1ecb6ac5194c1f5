import type { Test } from 'tap'
import { authorizationUrl, approve, redeem } from '../../../support/oauth-client.ts'
import { isPage } from './expected.ts'
import type { Case, World } from './world.ts'

const REGISTER = '/api/v1/oauth/register'
const good = { redirect_uris: ['https://app.example/cb'], client_name: 'App' }

async function register(
  world: World,
  body: unknown,
  path = REGISTER
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const answer = await fetch(world.url + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json' }
  })
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    body: text.startsWith('{') ? JSON.parse(text) : {}
  }
}

async function refused(t: Test, world: World, error: string, bodies: unknown[]): Promise<void> {
  for (const body of bodies) {
    t.match(
      await register(world, body),
      { status: 400, body: { error, error_description: String, request_id: String } },
      JSON.stringify(body).slice(0, 100)
    )
  }
}

export const registrationCases: Case[] = [
  {
    number: 135,
    title: 'a registration without usable addresses is refused',
    run: (t, world) =>
      refused(t, world, 'invalid_redirect_uri', [
        {},
        { redirect_uris: [] },
        ...[
          'nonsense',
          'javascript:alert(1)',
          'http://app.example/cb',
          'https://app.example/cb#x',
          'https://u@app.example/cb',
          'data:x'
        ].map((uri) => ({ redirect_uris: [uri] })),
        { redirect_uris: 'https://app.example/cb' },
        { redirect_uris: [7] }
      ])
  },
  {
    number: 136,
    title: 'metadata that contradicts itself is refused, and unknown members are ignored',
    run: async (t, world) => {
      await refused(t, world, 'invalid_client_metadata', [
        { ...good, token_endpoint_auth_method: 'magic' },
        { ...good, token_endpoint_auth_method: 'private_key_jwt' },
        { ...good, jwks: { keys: [] }, jwks_uri: 'https://app.example/keys' },
        { ...good, jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'private' }] } },
        { ...good, jwks: { keys: [{ kty: 'oct', k: 'x' }] } },
        { ...good, jwks_uri: 'http://app.example/keys' },
        { ...good, grant_types: ['refresh_token'] },
        { ...good, response_types: ['token'] },
        { ...good, client_name: 7 },
        { ...good, client_name: 'x'.repeat(1000) }
      ])
      t.equal(
        (
          await register(world, {
            ...good,
            whatever: { a: 1 },
            software_statement: 'x.y.z',
            client_uri: 'javascript:alert(1)'
          })
        ).status,
        201
      )
    }
  },
  {
    number: 137,
    title:
      'a client does not choose its id, secret, trust or more scope than there is; the answer says what was registered',
    run: async (t, world) => {
      const { status, body } = await register(world, {
        ...good,
        client_id: 'chatgpt-connector',
        client_secret: 'mine',
        registration: 'operator',
        require_pkce: false,
        disabled_at: null,
        token_endpoint_auth_method: 'client_secret_post',
        scope: 'mcp:tools admin root'
      })
      t.equal(status, 201)
      t.not(body['client_id'], 'chatgpt-connector')
      t.not(body['client_secret'], 'mine')
      t.equal(body['scope'], 'mcp:tools')
      t.match(body, {
        client_secret_expires_at: 0,
        registration_client_uri: `${world.url}${REGISTER}/${String(body['client_id'])}`,
        client_id_issued_at: Number
      })
      const row = await world.db
        .selectFrom('oauth_clients')
        .selectAll()
        .where('client_id', '=', String(body['client_id']))
        .executeTakeFirstOrThrow()
      t.match(row, { registration: 'dynamic', require_pkce: true })
    }
  },
  {
    number: 138,
    title: 'a registration is small, and a flood of them is stopped with Retry-After',
    run: async (t, world) => {
      t.equal((await register(world, { ...good, x: 'x'.repeat(70_000) })).status, 413) // a much longer one is cut off while it is still being sent
      await refused(t, world, 'invalid_redirect_uri', [
        { redirect_uris: Array.from({ length: 10_000 / 10 }, (_, i) => `https://a.example/${i}`) },
        { redirect_uris: [`https://a.example/${'x'.repeat(3000)}`] }
      ])
      const { body } = await register(world, good)
      const like = await world.db
        .selectFrom('oauth_clients')
        .select('registered_from')
        .where('client_id', '=', String(body['client_id']))
        .executeTakeFirstOrThrow()
      const flood = Array.from({ length: 200 }, (_, i) => ({
        client_id: `flood-${crypto.randomUUID()}-${i}`,
        registration: 'dynamic' as const,
        registered_from: like.registered_from
      }))
      await world.db.insertInto('oauth_clients').values(flood).execute()
      const stopped = await register(world, good)
      t.equal(stopped.status, 429)
      t.ok(Number(stopped.headers.get('retry-after')) > 0)
      await world.db.deleteFrom('oauth_clients').where('client_id', 'like', 'flood-%').execute()
    }
  },
  {
    number: 139,
    title:
      'a made client_id is no URL, and a known name does not make a known client: the page says that it registered itself',
    run: async (t, world) => {
      const { body } = await register(world, {
        ...good,
        client_id: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
        client_name: 'ChatGPT'
      })
      t.match(body['client_id'], /^[0-9a-f-]{36}$/)
      const client = {
        client_id: String(body['client_id']),
        redirect_uri: 'https://app.example/cb'
      }
      t.match(
        (await (await world.visitor()).get(authorizationUrl(client).url)).html,
        /by itself[^<]*nobody has checked its name/
      )
    }
  },
  {
    number: 140,
    title: 'a registration is managed with its own token only',
    run: async (t, world) => {
      const [one, two] = [
        (await register(world, good)).body,
        (await register(world, good, '/register')).body
      ]
      const at = (client: typeof one, token: unknown, init: RequestInit = {}) =>
        fetch(`${world.url}${REGISTER}/${String(client['client_id'])}`, {
          ...init,
          headers: {
            ...(init.body !== undefined && { 'content-type': 'application/json' }),
            ...(token !== undefined && { authorization: `Bearer ${String(token)}` })
          }
        })
      for (const token of ['wrong', two['registration_access_token'], undefined]) {
        for (const method of ['GET', 'DELETE']) {
          const answer = await at(one, token, { method })
          t.equal(answer.status, 401)
          t.match(await answer.json(), { error: 'invalid_token' })
        }
      }
      t.equal((await at({ client_id: 'nobody' }, one['registration_access_token'])).status, 401)
      t.equal((await at(one, one['registration_access_token'])).status, 200)
      const changed = (await (
        await at(one, one['registration_access_token'], {
          method: 'PUT',
          body: JSON.stringify({ ...good, client_id: one['client_id'], client_name: 'Renamed' })
        })
      ).json()) as Record<string, unknown>
      t.equal(changed['client_name'], 'Renamed')
      t.equal(
        (await at(one, one['registration_access_token'])).status,
        401,
        'the token has changed'
      )
      t.equal(
        (await at(one, changed['registration_access_token'], { method: 'DELETE' })).status,
        204
      )
      await isPage(
        t,
        await (
          await world.visitor()
        ).request(
          authorizationUrl({
            client_id: String(one['client_id']),
            redirect_uri: 'https://app.example/cb'
          }).url
        ),
        'deleted'
      )
    }
  },
  {
    number: 153,
    title: 'JSON that aims at the program or the database is data',
    run: async (t, world) => {
      for (const body of [
        '{"__proto__":{"admin":true},"redirect_uris":["https://app.example/cb"]}',
        '{"constructor":{"prototype":{"x":1}},"redirect_uris":["https://app.example/cb"],"client_name":"\'; drop table oauth_clients; --"}'
      ]) {
        const { status, body: said } = await register(world, body)
        t.ok([201, 400].includes(status), body)
        t.notOk(({} as { admin?: boolean }).admin)
        t.notOk(said['admin'])
      }
      for (const body of ['[]', '7', 'null', '"x"', '{', '']) {
        t.equal((await register(world, body)).status, 400, body)
      }
      const client = await world.register({ method: 'none', uris: ['https://app.example/cb'] })
      t.equal(
        (await redeem(world.url, client, await approve(await world.visitor(), client))).status,
        200
      )
    }
  }
]
