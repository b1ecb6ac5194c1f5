import { approve, redeem } from '../../oauth-client.ts'
import { basic, isError, postTo, raw, TOKEN } from './expected.ts'
import type { Case } from './world.ts'

const dead = { grant_type: 'refresh_token', refresh_token: 'kgr_unknown' }

/**
 * What a form with this dead refresh token gets tells how far it came: invalid_grant means that the
 * client was proven.
 */
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
    number: 77,
    title:
      'a wrong, empty or missing secret is refused; many wrong ones are slowed down, the right one never',
    run: async (t, world) => {
      const { client_id: id, client_secret: secret } = await world.register()
      for (const wrong of ['wrong', '', undefined]) {
        isError(
          t,
          await postTo(world, TOKEN, { ...dead, client_id: id, client_secret: wrong }),
          'invalid_client',
          401,
          String(wrong)
        )
      }
      const flood = await Promise.all(
        Array.from({ length: 30 }, () =>
          postTo(world, TOKEN, { ...dead, client_id: id, client_secret: 'wrong' })
        )
      )
      const slowed = flood.filter(({ status }) => status === 429)
      t.ok(slowed.length > 0)
      t.ok(
        slowed.every(
          ({ headers, error }) =>
            Number(headers.get('retry-after')) > 0 && error === 'invalid_client'
        )
      )
      isError(
        t,
        await postTo(world, TOKEN, { ...dead, client_id: id, client_secret: secret }),
        'invalid_grant'
      )
    }
  },
  {
    number: 78,
    title: 'a public client must send no secret; an empty one is none',
    run: async (t, world) => {
      const { client_id: id } = await world.register({ method: 'none' })
      isError(
        t,
        await postTo(world, TOKEN, { ...dead, client_id: id, client_secret: 'x' }),
        'invalid_client'
      )
      isError(
        t,
        await postTo(world, TOKEN, { ...dead, client_id: id, client_secret: '' }),
        'invalid_grant'
      )
    }
  },
  {
    number: 79,
    title:
      'either way of sending the secret serves a client that has one (it is the same secret, and clients mix them); none and a secret are never mixed',
    run: async (t, world) => {
      const post = await world.register({ method: 'client_secret_post' })
      const header = await world.register({ method: 'client_secret_basic' })
      const open = await world.register({ method: 'none' })
      isError(
        t,
        await postTo(world, TOKEN, dead, basic(post.client_id, post.client_secret!)),
        'invalid_grant'
      )
      isError(
        t,
        await postTo(world, TOKEN, {
          ...dead,
          client_id: header.client_id,
          client_secret: header.client_secret
        }),
        'invalid_grant'
      )
      isError(
        t,
        await postTo(world, TOKEN, { ...dead, client_id: post.client_id }),
        'invalid_client'
      )
      isError(t, await postTo(world, TOKEN, dead, basic(open.client_id, 'x')), 'invalid_client')
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
    number: 82,
    title: 'Basic credentials are read raw and form-decoded',
    run: async (t, world) => {
      const { client_id: id } = await world.register()
      const { digest } = await import('../../../db/secrets.ts')
      const secret = 'a+b/c:d%41=='
      await world.db
        .updateTable('oauth_clients')
        .set({ client_secret_hash: digest(secret) })
        .where('client_id', '=', id)
        .execute()
      for (const spelled of [secret, encodeURIComponent(secret)]) {
        isError(
          t,
          await postTo(world, TOKEN, dead, basic(id, spelled)),
          'invalid_grant',
          400,
          spelled
        )
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
      'a client assertion that is not right is invalid_client (each thing that can be wrong with one: test/oauth/client-assertion.test.ts)',
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
  },
  {
    number: 111,
    title: 'of two secrets both work until the overlap ends, and then only the new one',
    run: async (t, world) => {
      const client = await world.register()
      const { digest } = await import('../../../db/secrets.ts')
      const [former, next] = [client.client_secret!, 'the next secret']
      await world.db
        .insertInto('oauth_client_secrets')
        .values({
          client_id: client.client_id,
          secret_hash: digest(former),
          expires_at: new Date(Date.now() + 60_000)
        })
        .execute()
      await world.db
        .updateTable('oauth_clients')
        .set({ client_secret_hash: digest(next) })
        .where('client_id', '=', client.client_id)
        .execute()
      const visitor = await world.visitor()
      for (const secret of [former, next]) {
        t.equal(
          (
            await redeem(
              world.url,
              { ...client, client_secret: secret },
              await approve(visitor, client)
            )
          ).status,
          200
        )
      }
      await world.db
        .updateTable('oauth_client_secrets')
        .set({ expires_at: new Date(0) })
        .where('client_id', '=', client.client_id)
        .execute()
      isError(
        t,
        await postTo(world, TOKEN, { ...dead, client_id: client.client_id, client_secret: former }),
        'invalid_client'
      )
      isError(
        t,
        await postTo(world, TOKEN, { ...dead, client_id: client.client_id, client_secret: next }),
        'invalid_grant'
      )
    }
  }
]
