import { unknownRefreshToken } from './client-authentication.ts'
import { expectTokenError, postTo, TOKEN_PATH } from './expectations.ts'
import type { Case } from './case.ts'

const json = { 'content-type': 'application/json' }

export const tokenRequestCases: Case[] = [
  {
    title: 'the token endpoint accepts POST only',
    run: async (t, service) => {
      for (const method of ['GET', 'PUT', 'DELETE', 'HEAD']) {
        const answer = await fetch(service.url + TOKEN_PATH, { method })
        t.equal(answer.status, 405, method)
        t.equal(answer.headers.get('allow'), 'POST', method)
        if (method !== 'HEAD') {
          t.match(await answer.json(), { error: 'invalid_request', request_id: String })
        }
      }
    }
  },
  {
    title: 'the token endpoint accepts forms only, with any charset parameter',
    run: async (t, service) => {
      const { client_id: id, client_secret: secret } = await service.register()
      const form = new URLSearchParams({
        ...unknownRefreshToken,
        client_id: id,
        client_secret: secret!
      }).toString()
      for (const type of [
        'application/json',
        'multipart/form-data; boundary=x',
        'text/plain',
        'application/xml'
      ]) {
        expectTokenError(
          t,
          await postTo(service, TOKEN_PATH, type === 'application/json' ? '{}' : form, {
            'content-type': type
          }),
          'invalid_request',
          400,
          type
        )
      }
      expectTokenError(
        t,
        await postTo(service, TOKEN_PATH, form, {
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8'
        }),
        'invalid_grant'
      )
    }
  },
  {
    title: 'a secret in the URL of the token endpoint is refused',
    run: async (t, service) => {
      const { client_id: id, client_secret: secret } = await service.register()
      for (const name of ['client_secret', 'code', 'refresh_token', 'code_verifier']) {
        expectTokenError(
          t,
          await postTo(service, `${TOKEN_PATH}?${name}=x`, {
            ...unknownRefreshToken,
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
    title: 'a repeated parameter of a token request is refused',
    run: async (t, service) => {
      const { client_id: id, client_secret: secret } = await service.register()
      const form = new URLSearchParams({
        ...unknownRefreshToken,
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
        expectTokenError(
          t,
          await postTo(service, TOKEN_PATH, `${form}&${more}`),
          'invalid_request',
          400,
          more
        )
      }
    }
  },
  {
    // test/service.test.ts and test/prove/slow-request.prove.ts cover a body that never ends.
    title: 'a token request with a large body or many parameters is refused',
    run: async (t, service) => {
      const big = await postTo(service, TOKEN_PATH, `a=${'x'.repeat(70_000)}`)
      t.equal(big.status, 413)
      t.ok(big['error'])
      expectTokenError(t, await postTo(service, TOKEN_PATH, 'a=b&'.repeat(1000)), 'invalid_request')
    }
  },
  {
    title: 'NUL and invalid UTF-8 in a token request cause no server error',
    run: async (t, service) => {
      const { client_id: id, client_secret: secret } = await service.register()
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
        expectTokenError(
          t,
          await postTo(service, TOKEN_PATH, `${form}&${value}`),
          'invalid_request',
          400,
          value
        )
      }
      for (const body of [
        'client_id=%00&grant_type=refresh_token',
        'client_id=a&client_secret=%FF&grant_type=x'
      ]) {
        t.ok([400, 401].includes((await postTo(service, TOKEN_PATH, body)).status), body)
      }
    }
  },
  {
    title: 'grant_type is required and must be known',
    run: async (t, service) => {
      const { client_id: id, client_secret: secret } = await service.register()
      expectTokenError(
        t,
        await postTo(service, TOKEN_PATH, { client_id: id, client_secret: secret }),
        'invalid_request'
      )
      for (const type of ['urn:x', 'client_credentials', 'constructor']) {
        expectTokenError(
          t,
          await postTo(service, TOKEN_PATH, {
            client_id: id,
            client_secret: secret,
            grant_type: type
          }),
          'unsupported_grant_type',
          400,
          type
        )
      }
    }
  },
  {
    title: 'a grant type that the client is not registered for is refused',
    run: async (t, service) => {
      const { client_id: id, client_secret: secret } = await service.register()
      await service.db
        .updateTable('oauth_clients')
        .set({ grant_types: '["authorization_code"]' })
        .where('client_id', '=', id)
        .execute()
      expectTokenError(
        t,
        await postTo(service, TOKEN_PATH, {
          ...unknownRefreshToken,
          client_id: id,
          client_secret: secret
        }),
        'unauthorized_client'
      )
      expectTokenError(
        t,
        await postTo(service, TOKEN_PATH, {
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
    title: 'password and implicit grants do not exist',
    run: async (t, service) => {
      const { client_id: id, client_secret: secret } = await service.register()
      for (const type of ['password', 'implicit']) {
        expectTokenError(
          t,
          await postTo(service, TOKEN_PATH, {
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
    title: 'a token response has the format of RFC 6749 §5.1',
    run: async (t, service) => {
      const { tokens } = await service.connected()
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
        (await fetch(`${service.url}/token`, { method: 'POST', body: '{}', headers: json })).status,
        400,
        'the root alias is the same endpoint'
      )
    }
  }
]
