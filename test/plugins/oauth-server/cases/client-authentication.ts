import {
  basicCredentials,
  expectTokenError,
  postTo,
  sendRawRequest,
  TOKEN_PATH
} from './expectations.ts'
import type { Case } from './case.ts'

/**
 * A form that gets invalid_grant once the client has authenticated, and invalid_client before.
 */
export const unknownRefreshToken = { grant_type: 'refresh_token', refresh_token: 'kgr_unknown' }

export const clientAuthenticationCases: Case[] = [
  {
    title: 'a token request that names no client gets invalid_client',
    run: async (t, service) =>
      expectTokenError(t, await postTo(service, TOKEN_PATH, unknownRefreshToken), 'invalid_client')
  },
  {
    title: 'an unknown client and a wrong secret get the same answer',
    run: async (t, service) => {
      const { client_id: id } = await service.register()
      const answers = await Promise.all(
        [id, 'nobody'].map((name) =>
          postTo(service, TOKEN_PATH, {
            ...unknownRefreshToken,
            client_id: name,
            client_secret: 'wrong'
          })
        )
      )
      answers.forEach((answer) => expectTokenError(t, answer, 'invalid_client'))
      t.equal(answers[0]!['error_description'], answers[1]!['error_description'])
    }
  },
  {
    title: 'a client must authenticate in one way only, as one client',
    run: async (t, service) => {
      const { client_id: id, client_secret: secret } = await service.register()
      expectTokenError(
        t,
        await postTo(
          service,
          TOKEN_PATH,
          { ...unknownRefreshToken, client_secret: secret },
          basicCredentials(id, secret!)
        ),
        'invalid_request'
      )
      expectTokenError(
        t,
        await postTo(
          service,
          TOKEN_PATH,
          {
            ...unknownRefreshToken,
            client_assertion: 'x.y.z',
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
          },
          basicCredentials(id, secret!)
        ),
        'invalid_request'
      )
      expectTokenError(
        t,
        await postTo(
          service,
          TOKEN_PATH,
          { ...unknownRefreshToken, client_id: 'other' },
          basicCredentials(id, secret!)
        ),
        'invalid_request'
      )
      expectTokenError(
        t,
        await postTo(
          service,
          TOKEN_PATH,
          { ...unknownRefreshToken, client_id: id },
          basicCredentials(id, secret!)
        ),
        'invalid_grant'
      )
    }
  },
  {
    title: 'malformed Basic credentials get invalid_client with a challenge',
    run: async (t, service) => {
      for (const value of [
        '!!!',
        Buffer.from('nocolon').toString('base64'),
        Buffer.from(':x').toString('base64'),
        '/////w==',
        Buffer.from('a:b').toString('base64') + '!!'
      ]) {
        const answer = await postTo(service, TOKEN_PATH, unknownRefreshToken, {
          authorization: `Basic ${value}`
        })
        expectTokenError(t, answer, 'invalid_client', 401, value)
        t.match(answer.headers.get('www-authenticate'), /^Basic realm=/, value)
      }
    }
  },
  {
    title: 'an unknown Authorization scheme and a repeated Authorization header are refused',
    run: async (t, service) => {
      const { client_id: id, client_secret: secret } = await service.register()
      for (const authorization of ['Bearer x', 'Digest x', 'nonsense']) {
        expectTokenError(
          t,
          await postTo(
            service,
            TOKEN_PATH,
            { ...unknownRefreshToken, client_id: id, client_secret: secret },
            { authorization }
          ),
          'invalid_request',
          400,
          authorization
        )
      }
      const form = new URLSearchParams({ ...unknownRefreshToken, client_id: id }).toString()
      const { authorization } = basicCredentials(id, secret!)
      const send = (headers: string[]) =>
        sendRawRequest(
          service,
          [
            `POST ${TOKEN_PATH} HTTP/1.1`,
            'Host: localhost',
            'Connection: close',
            'Content-Type: application/x-www-form-urlencoded',
            `Content-Length: ${form.length}`,
            ...headers,
            '',
            form
          ].join('\r\n')
        )
      t.match(
        await send([`Authorization: ${authorization}`]),
        /^HTTP\/1\.1 400[^]*"invalid_grant"/,
        'one proves the client'
      )
      t.match(
        await send([`Authorization: ${authorization}`, `Authorization: ${authorization}`]),
        /^HTTP\/1\.1 400[^]*"invalid_request"/
      )
    }
  },
  {
    // test/plugins/oauth-server/client-assertion.test.ts covers each possible fault.
    title: 'an invalid client assertion gets invalid_client',
    run: async (t, service) => {
      const { client_id: id } = await service.register()
      const assertion = [
        '{"alg":"none"}',
        JSON.stringify({
          iss: id,
          sub: id,
          aud: service.url,
          jti: 'x',
          exp: Date.now() / 1000 + 60
        })
      ]
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.')
      for (const made of [`${assertion}.`, `${assertion}.xxxx`, 'nonsense']) {
        expectTokenError(
          t,
          await postTo(service, TOKEN_PATH, {
            ...unknownRefreshToken,
            client_id: id,
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: made
          }),
          'invalid_client',
          401,
          made
        )
      }
    }
  }
]
