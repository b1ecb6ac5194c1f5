import { refresh } from '../../../support/oauth-client.ts'
import { initialize, post } from '../../../support/mcp-client.ts'
import { isError, postTo } from './expected.ts'
import type { Case, World } from './world.ts'

const works = async (world: World, token: unknown) =>
  (await post(`${world.url}/mcp`, String(token), initialize)).status === 200
const REVOKE = '/api/v1/oauth/revoke'
const INTROSPECT = '/api/v1/oauth/introspect'
const proof = ({
  client_id: id,
  client_secret: secret
}: {
  client_id: string
  client_secret?: string | undefined
}) => ({ client_id: id, client_secret: secret })

export const revocationCases: Case[] = [
  {
    number: 127,
    title: 'revoking what is no token is done at once',
    run: async (t, world) => {
      const client = await world.register()
      for (const token of ['nonsense', 'kga_unknown', 'kgr_unknown']) {
        t.equal((await postTo(world, REVOKE, { ...proof(client), token })).status, 200, token)
      }
      isError(t, await postTo(world, REVOKE, proof(client)), 'invalid_request')
    }
  },
  {
    number: 128,
    title: 'the token of another client is left alone',
    run: async (t, world) => {
      const [{ tokens }, other] = [await world.connected(), await world.register()]
      for (const name of ['access_token', 'refresh_token']) {
        t.equal(
          (await postTo(world, REVOKE, { ...proof(other), token: String(tokens[name]) })).status,
          200
        )
      }
      t.ok(await works(world, tokens['access_token']))
    }
  },
  {
    number: 129,
    title: 'a wrong or unknown hint is ignored',
    run: async (t, world) => {
      for (const hint of ['refresh_token', 'nonsense']) {
        const { client, tokens } = await world.connected()
        t.equal(
          (
            await postTo(world, REVOKE, {
              ...proof(client),
              token: String(tokens['access_token']),
              token_type_hint: hint
            })
          ).status,
          200
        )
        t.notOk(await works(world, tokens['access_token']), hint)
      }
    }
  },
  {
    number: 130,
    title: 'who is not proven revokes nothing',
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      isError(
        t,
        await postTo(world, REVOKE, {
          client_id: client.client_id,
          client_secret: 'wrong',
          token: String(tokens['access_token'])
        }),
        'invalid_client'
      )
      isError(
        t,
        await postTo(world, REVOKE, {
          client_id: client.client_id,
          token: String(tokens['access_token'])
        }),
        'invalid_client'
      )
      t.ok(await works(world, tokens['access_token']))
    }
  },
  {
    number: 131,
    title: 'revoking either token ends both',
    run: async (t, world) => {
      for (const name of ['access_token', 'refresh_token']) {
        const { client, tokens } = await world.connected()
        t.equal(
          (await postTo(world, REVOKE, { ...proof(client), token: String(tokens[name]) })).status,
          200
        )
        t.notOk(await works(world, tokens['access_token']), name)
        isError(
          t,
          await refresh(world.url, client, tokens['refresh_token']),
          'invalid_grant',
          400,
          name
        )
      }
    }
  },
  {
    number: 132,
    title: 'who is not proven, and who has no secret, learns nothing of a token',
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      isError(
        t,
        await postTo(world, INTROSPECT, { token: String(tokens['access_token']) }),
        'invalid_client'
      )
      isError(
        t,
        await postTo(world, INTROSPECT, {
          client_id: client.client_id,
          client_secret: 'wrong',
          token: String(tokens['access_token'])
        }),
        'invalid_client'
      )
      const open = await world.connected({ method: 'none' })
      isError(
        t,
        await postTo(world, INTROSPECT, {
          client_id: open.client.client_id,
          token: String(open.tokens['access_token'])
        }),
        'invalid_client'
      )
    }
  },
  {
    number: 133,
    title:
      'a token of another client, an unknown, expired or revoked one is inactive, and nothing else is said',
    run: async (t, world) => {
      const [{ client, tokens }, other] = [await world.connected(), await world.register()]
      const asked = async (by: typeof client, token: unknown) => {
        const { status, headers, ...said } = await postTo(world, INTROSPECT, {
          ...proof(by),
          token: String(token)
        })
        t.equal(status, 200)
        t.equal(headers.get('cache-control'), 'no-store')
        return said
      }
      t.match(await asked(client, tokens['access_token']), {
        active: true,
        client_id: client.client_id,
        scope: String,
        iss: world.url,
        exp: Number
      })
      t.same(await asked(other, tokens['access_token']), { active: false })
      t.same(await asked(client, 'kga_unknown'), { active: false })
      await world.db
        .updateTable('oauth_tokens')
        .set({ issued_at: new Date(0), refresh_expires_at: new Date(0) })
        .where('client_id', '=', client.client_id)
        .execute()
      for (const name of ['access_token', 'refresh_token']) {
        t.same(await asked(client, tokens[name]), { active: false }, name)
      }
    }
  },
  {
    number: 134,
    title:
      'introspection takes POST only, and is bounded like every endpoint by address (test/plugins/oauth-server/rate-limits.test.ts); unknown tokens cannot be guessed at any rate, they have 256 random bits',
    run: async (t, world) => {
      for (const path of [INTROSPECT, REVOKE]) {
        t.equal((await fetch(`${world.url}${path}?token=x`)).status, 405, path)
      }
    }
  }
]
