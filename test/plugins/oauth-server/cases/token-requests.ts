import { isError, postTo, TOKEN } from './expected.ts'
import type { Case } from './world.ts'

const dead = { grant_type: 'refresh_token', refresh_token: 'kgr_unknown' }
const json = { 'content-type': 'application/json' }

/**
 * What a form with this dead refresh token gets tells how far it came: invalid_grant means that the
 * client was proven.
 */
export const tokenRequestCases: Case[] = [
  {
    number: 69,
    title: 'the token endpoint takes POST only',
    run: async (t, world) => {
      for (const method of ['GET', 'PUT', 'DELETE', 'HEAD']) {
        const answer = await fetch(world.url + TOKEN, { method })
        t.equal(answer.status, 405, method)
        t.equal(answer.headers.get('allow'), 'POST', method)
        if (method !== 'HEAD') {
          t.match(await answer.json(), { error: 'invalid_request', request_id: String })
        }
      }
    }
  },
  {
    number: 70,
    title: 'it takes forms only, with any charset parameter',
    run: async (t, world) => {
      const { client_id: id, client_secret: secret } = await world.register()
      const form = new URLSearchParams({
        ...dead,
        client_id: id,
        client_secret: secret!
      }).toString()
      for (const type of [
        'application/json',
        'multipart/form-data; boundary=x',
        'text/plain',
        'application/xml'
      ]) {
        isError(
          t,
          await postTo(world, TOKEN, type === 'application/json' ? '{}' : form, {
            'content-type': type
          }),
          'invalid_request',
          400,
          type
        )
      }
      isError(
        t,
        await postTo(world, TOKEN, form, {
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8'
        }),
        'invalid_grant'
      )
    }
  },
  {
    number: 71,
    title: 'secrets in the URL are refused',
    run: async (t, world) => {
      const { client_id: id, client_secret: secret } = await world.register()
      for (const name of ['client_secret', 'code', 'refresh_token', 'code_verifier']) {
        isError(
          t,
          await postTo(world, `${TOKEN}?${name}=x`, {
            ...dead,
            client_id: id,
            client_secret: secret
          }),
          'invalid_request',
          400,
          name
        )
      }
    }
  },
  {
    number: 72,
    title: 'no parameter comes twice',
    run: async (t, world) => {
      const { client_id: id, client_secret: secret } = await world.register()
      const form = new URLSearchParams({
        ...dead,
        client_id: id,
        client_secret: secret!
      }).toString()
      for (const more of [
        'grant_type=refresh_token',
        'refresh_token=x',
        `client_id=${id}`,
        'client_secret=x',
        'scope=a&scope=b'
      ]) {
        isError(t, await postTo(world, TOKEN, `${form}&${more}`), 'invalid_request', 400, more)
      }
    }
  },
  {
    number: 73,
    title:
      'a body that is too big, or holds too many parameters, is refused (one that never comes to its end: test/service.test.ts, test/prove/slow-request.prove.ts)',
    run: async (t, world) => {
      const big = await postTo(world, TOKEN, `a=${'x'.repeat(70_000)}`)
      t.equal(big.status, 413)
      t.ok(big['error'])
      isError(t, await postTo(world, TOKEN, 'a=b&'.repeat(1000)), 'invalid_request')
    }
  },
  {
    number: 74,
    title: 'NUL and bytes that are no text are refused, never a failure',
    run: async (t, world) => {
      const { client_id: id, client_secret: secret } = await world.register()
      const form = new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: id,
        client_secret: secret!
      }).toString()
      for (const value of [
        'code=%00',
        'code=%FF%FE',
        'code=%ED%A0%80',
        'code=a%00b&code_verifier=%FF'
      ]) {
        isError(t, await postTo(world, TOKEN, `${form}&${value}`), 'invalid_request', 400, value)
      }
      for (const body of [
        'client_id=%00&grant_type=refresh_token',
        'client_id=a&client_secret=%FF&grant_type=x'
      ]) {
        t.ok([400, 401].includes((await postTo(world, TOKEN, body)).status), body)
      }
    }
  },
  {
    number: 85,
    title: 'grant_type is required, and known',
    run: async (t, world) => {
      const { client_id: id, client_secret: secret } = await world.register()
      isError(
        t,
        await postTo(world, TOKEN, { client_id: id, client_secret: secret }),
        'invalid_request'
      )
      for (const type of ['urn:x', 'client_credentials', 'constructor']) {
        isError(
          t,
          await postTo(world, TOKEN, { client_id: id, client_secret: secret, grant_type: type }),
          'unsupported_grant_type',
          400,
          type
        )
      }
    }
  },
  {
    number: 86,
    title: 'a grant that the client is not registered for is refused',
    run: async (t, world) => {
      const { client_id: id, client_secret: secret } = await world.register()
      await world.db
        .updateTable('oauth_clients')
        .set({ grant_types: '["authorization_code"]' })
        .where('client_id', '=', id)
        .execute()
      isError(
        t,
        await postTo(world, TOKEN, { ...dead, client_id: id, client_secret: secret }),
        'unauthorized_client'
      )
      isError(
        t,
        await postTo(world, TOKEN, {
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          device_code: 'x',
          client_id: id,
          client_secret: secret
        }),
        'unauthorized_client'
      )
    }
  },
  {
    number: 87,
    title: 'there is no password and no implicit grant',
    run: async (t, world) => {
      const { client_id: id, client_secret: secret } = await world.register()
      for (const type of ['password', 'implicit']) {
        isError(
          t,
          await postTo(world, TOKEN, {
            client_id: id,
            client_secret: secret,
            grant_type: type,
            username: 'a',
            password: 'b'
          }),
          'unsupported_grant_type',
          400,
          type
        )
      }
    }
  },
  {
    number: 112,
    title:
      'a token answer has its form: JSON, Bearer, a whole number of seconds, its scope, never cached',
    run: async (t, world) => {
      const { tokens } = await world.connected()
      t.match(tokens, {
        status: 200,
        token_type: 'Bearer',
        scope: 'mcp:tools mcp:memory mcp:coding',
        access_token: /^kga_[\w-]{43}$/,
        refresh_token: /^kgr_[\w-]{43}$/
      })
      t.ok(Number.isInteger(tokens['expires_in']))
      t.match(tokens.headers.get('content-type'), /^application\/json/)
      t.equal(tokens.headers.get('cache-control'), 'no-store')
      t.equal(tokens.headers.get('pragma'), 'no-cache')
      t.equal(
        (await fetch(`${world.url}/token`, { method: 'POST', body: '{}', headers: json })).status,
        400,
        'the root alias is the same endpoint'
      )
    }
  }
]
