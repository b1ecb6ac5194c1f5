import { refresh } from '../../../support/oauth-client.ts'
import { acceptsToken, credentialsOf, expectTokenError, postTo } from './expectations.ts'
import type { Case } from './case.ts'

const REVOKE = '/api/v1/oauth/revoke'
const INTROSPECT = '/api/v1/oauth/introspect'

export const revocationCases: Case[] = [
  {
    title: 'revoking an unknown token succeeds',
    run: async (t, service) => {
      const client = await service.register()
      for (const token of ['nonsense', 'kga_unknown', 'kgr_unknown']) {
        t.equal(
          (await postTo(service, REVOKE, { ...credentialsOf(client), token })).status,
          200,
          token
        )
      }
      expectTokenError(t, await postTo(service, REVOKE, credentialsOf(client)), 'invalid_request')
    }
  },
  {
    title: 'a client cannot revoke a token of another client',
    run: async (t, service) => {
      const [{ tokens }, otherClient] = [await service.connected(), await service.register()]
      for (const name of ['access_token', 'refresh_token']) {
        t.equal(
          (
            await postTo(service, REVOKE, {
              ...credentialsOf(otherClient),
              token: String(tokens[name])
            })
          ).status,
          200
        )
      }
      t.ok(await acceptsToken(service, tokens['access_token']))
    }
  },
  {
    title: 'a wrong or unknown token_type_hint is ignored',
    run: async (t, service) => {
      for (const hint of ['refresh_token', 'nonsense']) {
        const { client, tokens } = await service.connected()
        t.equal(
          (
            await postTo(service, REVOKE, {
              ...credentialsOf(client),
              token: String(tokens['access_token']),
              token_type_hint: hint
            })
          ).status,
          200
        )
        t.notOk(await acceptsToken(service, tokens['access_token']), hint)
      }
    }
  },
  {
    title: 'a client that does not authenticate cannot revoke',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      expectTokenError(
        t,
        await postTo(service, REVOKE, {
          client_id: client.client_id,
          client_secret: 'wrong',
          token: String(tokens['access_token'])
        }),
        'invalid_client'
      )
      expectTokenError(
        t,
        await postTo(service, REVOKE, {
          client_id: client.client_id,
          token: String(tokens['access_token'])
        }),
        'invalid_client'
      )
      t.ok(await acceptsToken(service, tokens['access_token']))
    }
  },
  {
    title: 'revoking either token ends both',
    run: async (t, service) => {
      for (const name of ['access_token', 'refresh_token']) {
        const { client, tokens } = await service.connected()
        t.equal(
          (await postTo(service, REVOKE, { ...credentialsOf(client), token: String(tokens[name]) }))
            .status,
          200
        )
        t.notOk(await acceptsToken(service, tokens['access_token']), name)
        expectTokenError(
          t,
          await refresh(service.url, client, tokens['refresh_token']),
          'invalid_grant',
          400,
          name
        )
      }
    }
  },
  {
    title: 'introspection requires an authenticated client with a secret',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      expectTokenError(
        t,
        await postTo(service, INTROSPECT, { token: String(tokens['access_token']) }),
        'invalid_client'
      )
      expectTokenError(
        t,
        await postTo(service, INTROSPECT, {
          client_id: client.client_id,
          client_secret: 'wrong',
          token: String(tokens['access_token'])
        }),
        'invalid_client'
      )
      const open = await service.connected({ method: 'none' })
      expectTokenError(
        t,
        await postTo(service, INTROSPECT, {
          client_id: open.client.client_id,
          token: String(open.tokens['access_token'])
        }),
        'invalid_client'
      )
    }
  },
  {
    title: 'introspection of a foreign, unknown or expired token returns only active=false',
    run: async (t, service) => {
      const [{ client, tokens }, otherClient] = [
        await service.connected(),
        await service.register()
      ]
      const introspect = async (caller: typeof client, token: unknown) => {
        const { status, headers, ...body } = await postTo(service, INTROSPECT, {
          ...credentialsOf(caller),
          token: String(token)
        })
        t.equal(status, 200)
        t.equal(headers.get('cache-control'), 'no-store')
        return body
      }
      t.match(await introspect(client, tokens['access_token']), {
        active: true,
        client_id: client.client_id,
        scope: String,
        iss: service.url,
        exp: Number
      })
      t.same(await introspect(otherClient, tokens['access_token']), { active: false })
      t.same(await introspect(client, 'kga_unknown'), { active: false })
      await service.db
        .updateTable('oauth_tokens')
        .set({ issued_at: new Date(0), refresh_expires_at: new Date(0) })
        .where('client_id', '=', client.client_id)
        .execute()
      for (const name of ['access_token', 'refresh_token']) {
        t.same(await introspect(client, tokens[name]), { active: false }, name)
      }
    }
  },
  {
    // rate-limits.test.ts covers the limit by address. Tokens have 256 random bits: guessing is
    // hopeless.
    title: 'introspection and revocation accept POST only',
    run: async (t, service) => {
      for (const path of [INTROSPECT, REVOKE]) {
        t.equal((await fetch(`${service.url}${path}?token=x`)).status, 405, path)
      }
    }
  }
]
