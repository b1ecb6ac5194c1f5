import { approve, redeem } from '../../../support/oauth-client.ts'
import { initialize, post } from '../../../support/mcp-client.ts'
import { isError } from './expected.ts'
import type { Case, World } from './world.ts'

const works = async (world: World, token: unknown) =>
  (await post(`${world.url}/mcp`, String(token), initialize)).status === 200

async function approved(
  world: World,
  options: Parameters<World['register']>[0] = {},
  asked: Record<string, string | undefined> = {}
) {
  const [client, visitor] = [await world.register(options), await world.visitor()]
  return { client, visitor, code: await approve(visitor, client, asked) }
}

export const codeCases: Case[] = [
  {
    number: 88,
    title: 'an unknown, malformed or expired code is invalid_grant',
    run: async (t, world) => {
      const { client, code } = await approved(world)
      for (const wrong of ['kgc_unknown', 'x', 'kga_' + 'x'.repeat(43), '☃']) {
        isError(
          t,
          await redeem(world.url, client, { ...code, code: wrong }),
          'invalid_grant',
          400,
          wrong
        )
      }
      await world.db
        .updateTable('oauth_authorization_codes')
        .set({ expires_at: new Date(0) })
        .where('client_id', '=', client.client_id)
        .execute()
      isError(t, await redeem(world.url, client, code), 'invalid_grant')
    }
  },
  {
    number: 89,
    title: 'the code of another client is refused, not spent, revokes nothing and is noted',
    run: async (t, world) => {
      const { client, code } = await approved(world)
      const other = await world.register()
      isError(
        t,
        await redeem(world.url, other, code, { redirect_uri: client.redirect_uri }),
        'invalid_grant'
      )
      const tokens = await redeem(world.url, client, code)
      t.ok(await works(world, tokens['access_token']))
      const noted = await world.db
        .selectFrom('audit_logs')
        .select('reason')
        .where('client_id', '=', other.client_id)
        .where('action', '=', 'oauth.token.refused')
        .execute()
      t.same(
        noted.map(({ reason }) => reason),
        ['code_of_another_client']
      )
    }
  },
  {
    number: 90,
    title:
      'another redirect_uri than that of the request is refused and spends nothing; none is accepted (OAuth 2.1 dropped it)',
    run: async (t, world) => {
      const { client, code, visitor } = await approved(world)
      isError(
        t,
        await redeem(world.url, client, code, { redirect_uri: 'https://other.example/' }),
        'invalid_grant'
      )
      t.equal((await redeem(world.url, client, code, { redirect_uri: undefined })).status, 200)
      t.equal((await redeem(world.url, client, await approve(visitor, client))).status, 200)
    }
  },
  {
    number: 91,
    title: 'a wrong verifier spends nothing, until there were five',
    run: async (t, world) => {
      const { client, code, visitor } = await approved(world)
      isError(
        t,
        await redeem(world.url, client, code, { code_verifier: 'x'.repeat(43) }),
        'invalid_grant'
      )
      t.equal((await redeem(world.url, client, code)).status, 200)
      const next = await approve(visitor, client)
      for (let i = 0; i < 5; i++) {
        isError(
          t,
          await redeem(world.url, client, next, { code_verifier: 'x'.repeat(43) }),
          'invalid_grant'
        )
      }
      isError(t, await redeem(world.url, client, next), 'invalid_grant')
    }
  },
  {
    number: 92,
    title: 'a missing verifier is refused and spends nothing',
    run: async (t, world) => {
      const { client, code } = await approved(world)
      isError(
        t,
        await redeem(world.url, client, code, { code_verifier: undefined }),
        'invalid_grant'
      )
      t.equal((await redeem(world.url, client, code)).status, 200)
    }
  },
  {
    number: 93,
    title: 'a verifier without a challenge is a downgrade, and refused',
    run: async (t, world) => {
      const { client, code } = await approved(
        world,
        {},
        { code_challenge: undefined, code_challenge_method: undefined }
      )
      isError(
        t,
        await redeem(world.url, client, { ...code, verifier: 'x'.repeat(43) }),
        'invalid_request'
      )
      t.equal((await redeem(world.url, client, { code: code.code })).status, 200)
    }
  },
  {
    number: 94,
    title: 'a malformed verifier is refused',
    run: async (t, world) => {
      const { client, code } = await approved(world)
      for (const verifier of [
        'x'.repeat(42),
        'x'.repeat(129),
        'x'.repeat(42) + '+',
        'x'.repeat(42) + ' '
      ]) {
        isError(
          t,
          await redeem(world.url, client, code, { code_verifier: verifier }),
          'invalid_request',
          400,
          String(verifier.length)
        )
      }
      t.equal((await redeem(world.url, client, code)).status, 200)
    }
  },
  {
    number: 95,
    title: 'a code that was slipped to another browser is useless without its verifier',
    run: async (t, world) => {
      const { client, code } = await approved(world)
      const attacker = await approve(await world.visitor(), client)
      isError(
        t,
        await redeem(world.url, client, { code: code.code, verifier: attacker.verifier }),
        'invalid_grant'
      )
    }
  },
  {
    number: 96,
    title: 'a complete replay of a code, later than a double post, ends the grant and is noted',
    run: async (t, world) => {
      const { client, code } = await approved(world)
      const tokens = await redeem(world.url, client, code)
      isError(t, await redeem(world.url, client, code), 'invalid_grant')
      t.ok(await works(world, tokens['access_token']), 'within two seconds it is the client itself')
      await world.db
        .updateTable('oauth_authorization_codes')
        .set({ used_at: new Date(Date.now() - 5000) })
        .where('client_id', '=', client.client_id)
        .execute()
      isError(t, await redeem(world.url, client, code), 'invalid_grant')
      t.notOk(await works(world, tokens['access_token']))
      t.equal(
        (
          await world.db
            .selectFrom('audit_logs')
            .select('id')
            .where('action', '=', 'oauth.code_replay')
            .where('client_id', '=', client.client_id)
            .execute()
        ).length,
        1
      )
    }
  },
  {
    number: 97,
    title: 'a replay with a wrong verifier, secret or client ends nothing',
    run: async (t, world) => {
      const { client, code } = await approved(world)
      const other = await world.register()
      const tokens = await redeem(world.url, client, code)
      await world.db
        .updateTable('oauth_authorization_codes')
        .set({ used_at: new Date(Date.now() - 5000) })
        .where('client_id', '=', client.client_id)
        .execute()
      isError(
        t,
        await redeem(world.url, client, code, { code_verifier: 'x'.repeat(43) }),
        'invalid_grant'
      )
      isError(
        t,
        await redeem(world.url, client, code, { client_secret: 'wrong' }),
        'invalid_client'
      )
      isError(t, await redeem(world.url, other, code), 'invalid_grant')
      t.ok(await works(world, tokens['access_token']))
    }
  },
  {
    number: 98,
    title: 'of many redemptions at one instant one succeeds, and its tokens live',
    run: async (t, world) => {
      const { client, code } = await approved(world)
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => redeem(world.url, client, code))
      )
      const won = answers.filter(({ status }) => status === 200)
      t.equal(won.length, 1)
      t.ok(
        answers.every(
          ({ status, error }) => status === 200 || (status === 400 && error === 'invalid_grant')
        )
      )
      t.ok(await works(world, won[0]!['access_token']))
      t.equal(
        (
          await world.db
            .selectFrom('oauth_tokens')
            .select('token_id')
            .where('client_id', '=', client.client_id)
            .execute()
        ).length,
        1
      )
    }
  }
]
