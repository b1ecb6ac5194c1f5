import type { Test } from 'tap'
import { authorizationUrl, approve, redeem } from '../../../support/oauth-client.ts'
import { expectErrorPage } from './expectations.ts'
import type { DeployedService } from '../../../support/deployed-service.ts'
import type { Case } from './case.ts'

const REGISTER = '/api/v1/oauth/register'
const validMetadata = { redirect_uris: ['https://app.example/cb'], client_name: 'App' }

async function registerDynamically(
  service: DeployedService,
  body: unknown,
  path = REGISTER
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const answer = await fetch(service.url + path, {
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

async function expectRegistrationErrors(
  t: Test,
  service: DeployedService,
  error: string,
  bodies: unknown[]
): Promise<void> {
  for (const body of bodies) {
    t.match(
      await registerDynamically(service, body),
      { status: 400, body: { error, error_description: String, request_id: String } },
      JSON.stringify(body).slice(0, 100)
    )
  }
}

export const registrationCases: Case[] = [
  {
    title: 'a registration without a usable redirect_uri is refused',
    run: (t, service) =>
      expectRegistrationErrors(t, service, 'invalid_redirect_uri', [
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
    title: 'contradictory metadata is refused, and unknown members are ignored',
    run: async (t, service) => {
      await expectRegistrationErrors(t, service, 'invalid_client_metadata', [
        { ...validMetadata, token_endpoint_auth_method: 'magic' },
        { ...validMetadata, token_endpoint_auth_method: 'private_key_jwt' },
        { ...validMetadata, jwks: { keys: [] }, jwks_uri: 'https://app.example/keys' },
        {
          ...validMetadata,
          jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'private' }] }
        },
        { ...validMetadata, jwks: { keys: [{ kty: 'oct', k: 'x' }] } },
        { ...validMetadata, jwks_uri: 'http://app.example/keys' },
        { ...validMetadata, grant_types: ['refresh_token'] },
        { ...validMetadata, response_types: ['token'] },
        { ...validMetadata, client_name: 7 },
        { ...validMetadata, client_name: 'x'.repeat(1000) }
      ])
      t.equal(
        (
          await registerDynamically(service, {
            ...validMetadata,
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
    title: 'a client cannot choose its id, secret, trust or unlimited scope at registration',
    run: async (t, service) => {
      const { status, body } = await registerDynamically(service, {
        ...validMetadata,
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
        registration_client_uri: `${service.url}${REGISTER}/${String(body['client_id'])}`,
        client_id_issued_at: Number
      })
      const row = await service.db
        .selectFrom('oauth_clients')
        .selectAll()
        .where('client_id', '=', String(body['client_id']))
        .executeTakeFirstOrThrow()
      t.match(row, { registration: 'dynamic', require_pkce: true })
    }
  },
  {
    // test/plugins/oauth-server/registration-limits.test.ts covers each limit.
    title: 'a large registration is refused, and a flood of registrations gets Retry-After',
    run: async (t, service) => {
      t.equal(
        (await registerDynamically(service, { ...validMetadata, x: 'x'.repeat(70_000) })).status,
        413
      ) // a much longer one is cut off while it is still being sent
      await expectRegistrationErrors(t, service, 'invalid_redirect_uri', [
        { redirect_uris: Array.from({ length: 10_000 / 10 }, (_, i) => `https://a.example/${i}`) },
        { redirect_uris: [`https://a.example/${'x'.repeat(3000)}`] }
      ])
      const { body } = await registerDynamically(service, validMetadata)
      const like = await service.db
        .selectFrom('oauth_clients')
        .select('registered_from')
        .where('client_id', '=', String(body['client_id']))
        .executeTakeFirstOrThrow()
      const flood = Array.from({ length: 200 }, (_, i) => ({
        client_id: `flood-${crypto.randomUUID()}-${i}`,
        registration: 'dynamic' as const,
        registered_from: like.registered_from
      }))
      await service.db.insertInto('oauth_clients').values(flood).execute()
      const stopped = await registerDynamically(service, validMetadata)
      t.equal(stopped.status, 429)
      t.ok(Number(stopped.headers.get('retry-after')) > 0)
      await service.db.deleteFrom('oauth_clients').where('client_id', 'like', 'flood-%').execute()
    }
  },
  {
    title:
      'a self-registered client gets an id from this server, and the consent page warns ' +
      'about its name',
    run: async (t, service) => {
      const { body } = await registerDynamically(service, {
        ...validMetadata,
        client_id: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
        client_name: 'ChatGPT'
      })
      t.match(body['client_id'], /^[0-9a-f-]{36}$/)
      const client = {
        client_id: String(body['client_id']),
        redirect_uri: 'https://app.example/cb'
      }
      t.match(
        (await (await service.visitor()).get(authorizationUrl(client).url)).html,
        /by itself[^<]*its name is unverified/
      )
    }
  },
  {
    title: 'a registration is managed with its own token only',
    run: async (t, service) => {
      const [client, otherClient] = [
        (await registerDynamically(service, validMetadata)).body,
        (await registerDynamically(service, validMetadata, '/register')).body
      ]
      const at = (
        { client_id: id }: Record<string, unknown>,
        token: unknown,
        init: RequestInit = {}
      ) =>
        fetch(`${service.url}${REGISTER}/${String(id)}`, {
          ...init,
          headers: {
            ...(init.body !== undefined && { 'content-type': 'application/json' }),
            ...(token !== undefined && { authorization: `Bearer ${String(token)}` })
          }
        })
      for (const token of ['wrong', otherClient['registration_access_token'], undefined]) {
        for (const method of ['GET', 'DELETE']) {
          const answer = await at(client, token, { method })
          t.equal(answer.status, 401)
          t.match(await answer.json(), { error: 'invalid_token' })
        }
      }
      t.equal((await at({ client_id: 'nobody' }, client['registration_access_token'])).status, 401)
      t.equal((await at(client, client['registration_access_token'])).status, 200)
      const changed = (await (
        await at(client, client['registration_access_token'], {
          method: 'PUT',
          body: JSON.stringify({
            ...validMetadata,
            client_id: client['client_id'],
            client_name: 'Renamed'
          })
        })
      ).json()) as Record<string, unknown>
      t.equal(changed['client_name'], 'Renamed')
      t.equal(
        (await at(client, client['registration_access_token'])).status,
        401,
        'the token has changed'
      )
      t.equal(
        (await at(client, changed['registration_access_token'], { method: 'DELETE' })).status,
        204
      )
      await expectErrorPage(
        t,
        await (
          await service.visitor()
        ).request(
          authorizationUrl({
            client_id: String(client['client_id']),
            redirect_uri: 'https://app.example/cb'
          }).url
        ),
        'deleted'
      )
    }
  },
  {
    title: 'hostile JSON in a registration is handled as data',
    run: async (t, service) => {
      for (const body of [
        '{"__proto__":{"admin":true},"redirect_uris":["https://app.example/cb"]}',
        '{"constructor":{"prototype":{"x":1}},"redirect_uris":["https://app.example/cb"],"client_name":"\'; drop table oauth_clients; --"}'
      ]) {
        const { status, body: registered } = await registerDynamically(service, body)
        t.ok([201, 400].includes(status), body)
        t.notOk(({} as { admin?: boolean }).admin)
        t.notOk(registered['admin'])
      }
      for (const body of ['[]', '7', 'null', '"x"', '{', '']) {
        t.equal((await registerDynamically(service, body)).status, 400, body)
      }
      const client = await service.register({ method: 'none', uris: ['https://app.example/cb'] })
      t.equal(
        (await redeem(service.url, client, await approve(await service.visitor(), client))).status,
        200
      )
    }
  }
]
