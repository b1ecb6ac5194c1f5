import { basic, isError, postTo, raw, TOKEN } from './expected.ts'
import type { Case } from './world.ts'

/**
 * What a form with this dead refresh token gets tells how far it came: invalid_grant means that the
 * client was proven.
 */
export const dead = { grant_type: 'refresh_token', refresh_token: 'kgr_unknown' }

export const clientAuthenticationCases: Case[] = [
  {
    number: 75,
    title: 'a request that names no client is invalid_client',
    run: async (t, world) => isError(t, await postTo(world, TOKEN, dead), 'invalid_client')
  },
  {
    number: 76,
    title: 'an unknown client gets the same answer as a wrong secret',
    run: async (t, world) => {
      const { client_id: id } = await world.register()
      const answers = await Promise.all(
        [id, 'nobody'].map((name) =>
          postTo(world, TOKEN, { ...dead, client_id: name, client_secret: 'wrong' })
        )
      )
      answers.forEach((answer) => isError(t, answer, 'invalid_client'))
      t.equal(answers[0]!['error_description'], answers[1]!['error_description'])
    }
  },
  {
    number: 80,
    title: 'a client authenticates once, and is one client',
    run: async (t, world) => {
      const { client_id: id, client_secret: secret } = await world.register()
      isError(
        t,
        await postTo(world, TOKEN, { ...dead, client_secret: secret }, basic(id, secret!)),
        'invalid_request'
      )
      isError(
        t,
        await postTo(
          world,
          TOKEN,
          {
            ...dead,
            client_assertion: 'x.y.z',
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
          },
          basic(id, secret!)
        ),
        'invalid_request'
      )
      isError(
        t,
        await postTo(world, TOKEN, { ...dead, client_id: 'other' }, basic(id, secret!)),
        'invalid_request'
      )
      isError(
        t,
        await postTo(world, TOKEN, { ...dead, client_id: id }, basic(id, secret!)),
        'invalid_grant'
      )
    }
  },
  {
    number: 81,
    title: 'malformed Basic credentials are invalid_client with a challenge',
    run: async (t, world) => {
      for (const value of [
        '!!!',
        Buffer.from('nocolon').toString('base64'),
        Buffer.from(':x').toString('base64'),
        '/////w==',
        Buffer.from('a:b').toString('base64') + '!!'
      ]) {
        const answer = await postTo(world, TOKEN, dead, { authorization: `Basic ${value}` })
        isError(t, answer, 'invalid_client', 401, value)
        t.match(answer.headers.get('www-authenticate'), /^Basic realm=/, value)
      }
    }
  },
  {
    number: 83,
    title: 'another scheme in the Authorization header, and two such headers, are refused',
    run: async (t, world) => {
      const { client_id: id, client_secret: secret } = await world.register()
      for (const authorization of ['Bearer x', 'Digest x', 'nonsense']) {
        isError(
          t,
          await postTo(
            world,
            TOKEN,
            { ...dead, client_id: id, client_secret: secret },
            { authorization }
          ),
          'invalid_request',
          400,
          authorization
        )
      }
      const form = new URLSearchParams({ ...dead, client_id: id }).toString()
      const { authorization } = basic(id, secret!)
      const send = (headers: string[]) =>
        raw(
          world,
          [
            `POST ${TOKEN} HTTP/1.1`,
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
    number: 84,
    title:
      'a client assertion that is not right is invalid_client (each thing that can be wrong with one: test/plugins/oauth-server/client-assertion.test.ts)',
    run: async (t, world) => {
      const { client_id: id } = await world.register()
      const assertion = [
        '{"alg":"none"}',
        JSON.stringify({ iss: id, sub: id, aud: world.url, jti: 'x', exp: Date.now() / 1000 + 60 })
      ]
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.')
      for (const made of [`${assertion}.`, `${assertion}.xxxx`, 'nonsense']) {
        isError(
          t,
          await postTo(world, TOKEN, {
            ...dead,
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
