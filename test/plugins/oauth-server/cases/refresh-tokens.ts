import { approve, redeem, refresh, token } from '../../../support/oauth-client.ts'
import { initialize, post } from '../../../support/mcp-client.ts'
import { isError } from './expected.ts'
import type { Case, World } from './world.ts'

const works = async (world: World, accessToken: unknown) =>
  (await post(`${world.url}/mcp`, String(accessToken), initialize)).status === 200
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const rows = ({ db }: World, clientId: string) =>
  db.selectFrom('oauth_tokens').select('token_id').where('client_id', '=', clientId).execute()
const age = ({ db }: World, clientId: string) =>
  db
    .updateTable('oauth_tokens')
    .set({ rotated_at: new Date(Date.now() - 3600_000) })
    .where('client_id', '=', clientId)
    .where('rotated_at', 'is not', null)
    .execute()

export const refreshTokenCases: Case[] = [
  {
    number: 99,
    title:
      'a refresh token that is used again after the window, when its successor was used, ends its grant, and that is noted',
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      const next = await refresh(world.url, client, tokens['refresh_token'])
      t.ok(await works(world, next['access_token']))
      await age(world, client.client_id)
      isError(t, await refresh(world.url, client, tokens['refresh_token']), 'invalid_grant')
      t.notOk(await works(world, next['access_token']))
      isError(t, await refresh(world.url, client, next['refresh_token']), 'invalid_grant')
      t.equal(
        (
          await world.db
            .selectFrom('audit_logs')
            .select('id')
            .where('action', '=', 'oauth.refresh_token_reuse')
            .where('client_id', '=', client.client_id)
            .execute()
        ).length,
        1
      )
    }
  },
  {
    number: 100,
    title: 'within the window it gets the same successor, and no row is added',
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      const answers = [
        await refresh(world.url, client, tokens['refresh_token']),
        await refresh(world.url, client, tokens['refresh_token'])
      ]
      t.equal(answers[0]!['access_token'], answers[1]!['access_token'])
      t.equal(answers[0]!['refresh_token'], answers[1]!['refresh_token'])
      t.equal((await rows(world, client.client_id)).length, 2)
    }
  },
  {
    number: 101,
    title: 'of many refreshes at one instant all get one pair',
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => refresh(world.url, client, tokens['refresh_token']))
      )
      t.ok(answers.every(({ status }) => status === 200))
      t.equal(
        new Set(
          answers.map(
            (answer) => `${String(answer['access_token'])} ${String(answer['refresh_token'])}`
          )
        ).size,
        1
      )
      t.equal((await rows(world, client.client_id)).length, 2)
    }
  },
  {
    number: 102,
    title: 'the refresh token of another client is refused, and nothing is touched',
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      isError(
        t,
        await refresh(world.url, await world.register(), tokens['refresh_token']),
        'invalid_grant'
      )
      t.equal((await refresh(world.url, client, tokens['refresh_token'])).status, 200)
    }
  },
  {
    number: 103,
    title: 'a refresh that asks for more is refused, and the token stays',
    run: async (t, world) => {
      const { client, tokens } = await world.connected({}, { scope: 'mcp:memory' })
      isError(
        t,
        await refresh(world.url, client, tokens['refresh_token'], {
          scope: 'mcp:memory mcp:coding'
        }),
        'invalid_scope'
      )
      t.equal((await refresh(world.url, client, tokens['refresh_token'])).status, 200)
    }
  },
  {
    number: 104,
    title: 'a refresh that asks for less narrows that access token only',
    run: async (t, world) => {
      const { client, tokens } = await world.connected({}, { scope: 'mcp:memory mcp:coding' })
      const less = await refresh(world.url, client, tokens['refresh_token'], {
        scope: 'mcp:memory'
      })
      t.equal(less['scope'], 'mcp:memory')
      t.equal(
        (await refresh(world.url, client, less['refresh_token']))['scope'],
        'mcp:memory mcp:coding'
      )
    }
  },
  {
    number: 105,
    title: 'what the client may no longer have is left out, and refused when nothing is left',
    run: async (t, world) => {
      const { client, tokens } = await world.connected({}, { scope: 'mcp:memory mcp:coding' })
      const narrow = (scope: string) =>
        world.db
          .updateTable('oauth_clients')
          .set({ scope })
          .where('client_id', '=', client.client_id)
          .execute()
      await narrow('mcp:memory')
      const next = await refresh(world.url, client, tokens['refresh_token'])
      t.match(next, { status: 200, scope: 'mcp:memory' })
      await narrow('mcp:web')
      isError(t, await refresh(world.url, client, next['refresh_token']), 'invalid_scope')
      await narrow('mcp:memory')
      t.equal(
        (await refresh(world.url, client, next['refresh_token'])).status,
        200,
        'it was not spent'
      )
    }
  },
  {
    number: 106,
    title: 'another resource is refused, and the token stays; none keeps the one there was',
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      isError(
        t,
        await refresh(world.url, client, tokens['refresh_token'], {
          resource: 'https://elsewhere.example/mcp'
        }),
        'invalid_target'
      )
      t.equal((await refresh(world.url, client, tokens['refresh_token'])).status, 200)
    }
  },
  {
    number: 107,
    title: 'no kind of token passes for another',
    run: async (t, world) => {
      const { client, tokens, visitor } = await world.connected()
      const { code, verifier } = await approve(visitor, client)
      isError(
        t,
        await refresh(world.url, client, tokens['access_token']),
        'invalid_grant',
        400,
        'access token'
      )
      isError(t, await refresh(world.url, client, code), 'invalid_grant', 400, 'code')
      isError(
        t,
        await redeem(world.url, client, { code: String(tokens['refresh_token']), verifier }),
        'invalid_grant',
        400,
        'refresh token'
      )
      await world.db
        .updateTable('oauth_clients')
        .set({ grant_types: JSON.stringify(['authorization_code', DEVICE]) })
        .where('client_id', '=', client.client_id)
        .execute()
      isError(
        t,
        await token(world.url, {
          grant_type: DEVICE,
          device_code: code,
          client_id: client.client_id,
          client_secret: client.client_secret
        }),
        'invalid_grant',
        400,
        'code as device code'
      )
      t.equal((await redeem(world.url, client, { code, verifier })).status, 200)
    }
  },
  {
    number: 108,
    title: 'after a revocation, of a disabled person, or of a deleted client there is no refresh',
    run: async (t, world) => {
      const revoked = await world.connected()
      await world.db
        .updateTable('oauth_tokens')
        .set({ revoked: true })
        .where('client_id', '=', revoked.client.client_id)
        .execute()
      isError(
        t,
        await refresh(world.url, revoked.client, revoked.tokens['refresh_token']),
        'invalid_grant',
        400,
        'SQL'
      )
      const disabled = await world.connected()
      await world.db
        .updateTable('users')
        .set({ disabled_at: new Date() })
        .where('user_id', '=', disabled.user.user_id)
        .execute()
      isError(
        t,
        await refresh(world.url, disabled.client, disabled.tokens['refresh_token']),
        'invalid_grant',
        400,
        'person'
      )
      const deleted = await world.connected()
      await world.db
        .deleteFrom('oauth_clients')
        .where('client_id', '=', deleted.client.client_id)
        .execute()
      isError(
        t,
        await refresh(world.url, deleted.client, deleted.tokens['refresh_token']),
        'invalid_client',
        401,
        'client'
      )
    }
  },
  {
    number: 109,
    title: 'a revocation at the same instant as refreshes leaves no live token',
    run: async (t, world) => {
      for (let round = 0; round < 3; round++) {
        const { client, tokens } = await world.connected()
        const refreshes = Array.from({ length: 4 }, () =>
          refresh(world.url, client, tokens['refresh_token'])
        )
        const revoke = world.db
          .updateTable('oauth_tokens')
          .set({ revoked: true })
          .where('client_id', '=', client.client_id)
          .execute()
        const [answers] = await Promise.all([Promise.all(refreshes), revoke])
        for (const answer of [...answers, tokens]) {
          if (answer['access_token']) t.notOk(await works(world, answer['access_token']))
        }
        t.ok(answers.every(({ status }) => status === 200 || status === 400))
      }
    }
  },
  {
    number: 110,
    title:
      'a retry after a lost answer gets the same pair (with the process killed between commit and answer: test/plugins/oauth-server/crash.test.ts)',
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      await fetch(`${world.url}/api/v1/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: String(tokens['refresh_token']),
          client_id: client.client_id,
          client_secret: client.client_secret!
        })
      }).then((answer) => answer.body?.cancel())
      const [one, two] = [
        await refresh(world.url, client, tokens['refresh_token']),
        await refresh(world.url, client, tokens['refresh_token'])
      ]
      t.equal(one['refresh_token'], two['refresh_token'])
      t.ok(await works(world, one['access_token']))
    }
  }
]
