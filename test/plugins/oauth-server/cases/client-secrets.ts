import { approve, redeem } from '../../../support/oauth-client.ts'
import { dead } from './client-authentication.ts'
import { basic, isError, postTo, TOKEN } from './expected.ts'
import type { Case } from './world.ts'

export const clientSecretCases: Case[] = [
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
    number: 82,
    title: 'Basic credentials are read raw and form-decoded',
    run: async (t, world) => {
      const { client_id: id } = await world.register()
      const { secretDigest: digest } = await import('../../../../lib/secrets.ts')
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
    number: 111,
    title: 'of two secrets both work until the overlap ends, and then only the new one',
    run: async (t, world) => {
      const client = await world.register()
      const { secretDigest: digest } = await import('../../../../lib/secrets.ts')
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
