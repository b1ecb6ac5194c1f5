import { secretDigest } from '../../../../lib/secrets.ts'
import { approve, redeem } from '../../../support/oauth-client.ts'
import { unknownRefreshToken } from './client-authentication.ts'
import { basicCredentials, expectTokenError, postTo, TOKEN_PATH } from './expectations.ts'
import type { Case } from './case.ts'

export const clientSecretCases: Case[] = [
  {
    title:
      'a wrong, empty or missing secret is refused, and many of them throttle only wrong secrets',
    run: async (t, service) => {
      const { client_id: id, client_secret: secret } = await service.register()
      for (const wrong of ['wrong', '', undefined]) {
        expectTokenError(
          t,
          await postTo(service, TOKEN_PATH, {
            ...unknownRefreshToken,
            client_id: id,
            client_secret: wrong
          }),
          'invalid_client',
          401,
          String(wrong)
        )
      }
      const flood = await Promise.all(
        Array.from({ length: 30 }, () =>
          postTo(service, TOKEN_PATH, {
            ...unknownRefreshToken,
            client_id: id,
            client_secret: 'wrong'
          })
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
      expectTokenError(
        t,
        await postTo(service, TOKEN_PATH, {
          ...unknownRefreshToken,
          client_id: id,
          client_secret: secret
        }),
        'invalid_grant'
      )
    }
  },
  {
    title: 'a public client must not send a secret, and an empty secret counts as none',
    run: async (t, service) => {
      const { client_id: id } = await service.register({ method: 'none' })
      expectTokenError(
        t,
        await postTo(service, TOKEN_PATH, {
          ...unknownRefreshToken,
          client_id: id,
          client_secret: 'x'
        }),
        'invalid_client'
      )
      expectTokenError(
        t,
        await postTo(service, TOKEN_PATH, {
          ...unknownRefreshToken,
          client_id: id,
          client_secret: ''
        }),
        'invalid_grant'
      )
    }
  },
  {
    // It is the same secret, and clients mix the two methods.
    title:
      'a client with a secret may use either authentication method, but cannot be public as well',
    run: async (t, service) => {
      const post = await service.register({ method: 'client_secret_post' })
      const header = await service.register({ method: 'client_secret_basic' })
      const open = await service.register({ method: 'none' })
      expectTokenError(
        t,
        await postTo(
          service,
          TOKEN_PATH,
          unknownRefreshToken,
          basicCredentials(post.client_id, post.client_secret!)
        ),
        'invalid_grant'
      )
      expectTokenError(
        t,
        await postTo(service, TOKEN_PATH, {
          ...unknownRefreshToken,
          client_id: header.client_id,
          client_secret: header.client_secret
        }),
        'invalid_grant'
      )
      expectTokenError(
        t,
        await postTo(service, TOKEN_PATH, { ...unknownRefreshToken, client_id: post.client_id }),
        'invalid_client'
      )
      expectTokenError(
        t,
        await postTo(
          service,
          TOKEN_PATH,
          unknownRefreshToken,
          basicCredentials(open.client_id, 'x')
        ),
        'invalid_client'
      )
    }
  },
  {
    title: 'Basic credentials are accepted raw and form-encoded',
    run: async (t, service) => {
      const { client_id: id } = await service.register()
      const secret = 'a+b/c:d%41=='
      await service.db
        .updateTable('oauth_clients')
        .set({ client_secret_hash: secretDigest(secret) })
        .where('client_id', '=', id)
        .execute()
      for (const spelled of [secret, encodeURIComponent(secret)]) {
        expectTokenError(
          t,
          await postTo(service, TOKEN_PATH, unknownRefreshToken, basicCredentials(id, spelled)),
          'invalid_grant',
          400,
          spelled
        )
      }
    }
  },
  {
    title: 'both secrets of a rotation work until the overlap ends, then only the new one',
    run: async (t, service) => {
      const client = await service.register()
      const [former, next] = [client.client_secret!, 'the next secret']
      await service.db
        .insertInto('oauth_client_secrets')
        .values({
          client_id: client.client_id,
          secret_hash: secretDigest(former),
          expires_at: new Date(Date.now() + 60_000)
        })
        .execute()
      await service.db
        .updateTable('oauth_clients')
        .set({ client_secret_hash: secretDigest(next) })
        .where('client_id', '=', client.client_id)
        .execute()
      const visitor = await service.visitor()
      for (const secret of [former, next]) {
        t.equal(
          (
            await redeem(
              service.url,
              { ...client, client_secret: secret },
              await approve(visitor, client)
            )
          ).status,
          200
        )
      }
      await service.db
        .updateTable('oauth_client_secrets')
        .set({ expires_at: new Date(0) })
        .where('client_id', '=', client.client_id)
        .execute()
      expectTokenError(
        t,
        await postTo(service, TOKEN_PATH, {
          ...unknownRefreshToken,
          client_id: client.client_id,
          client_secret: former
        }),
        'invalid_client'
      )
      expectTokenError(
        t,
        await postTo(service, TOKEN_PATH, {
          ...unknownRefreshToken,
          client_id: client.client_id,
          client_secret: next
        }),
        'invalid_grant'
      )
    }
  }
]
