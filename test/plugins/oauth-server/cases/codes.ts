import { type ClientOptions, approve, redeem } from '../../../support/oauth-client.ts'
import { acceptsToken, expectTokenError } from './expectations.ts'
import type { DeployedService } from '../../../support/deployed-service.ts'
import type { Case } from './case.ts'

async function approvedClient(
  service: DeployedService,
  options: ClientOptions = {},
  overrides: Record<string, string | undefined> = {}
) {
  const [client, visitor] = [await service.register(options), await service.visitor()]
  return { client, visitor, code: await approve(visitor, client, overrides) }
}

export const codeCases: Case[] = [
  {
    title: 'an unknown, malformed or expired code gets invalid_grant',
    run: async (t, service) => {
      const { client, code } = await approvedClient(service)
      for (const wrong of ['kgc_unknown', 'x', 'kga_' + 'x'.repeat(43), '☃']) {
        expectTokenError(
          t,
          await redeem(service.url, client, { ...code, code: wrong }),
          'invalid_grant',
          400,
          wrong
        )
      }
      await service.db
        .updateTable('oauth_authorization_codes')
        .set({ expires_at: new Date(0) })
        .where('client_id', '=', client.client_id)
        .execute()
      expectTokenError(t, await redeem(service.url, client, code), 'invalid_grant')
    }
  },
  {
    title:
      'a code of another client is refused and audited, without consuming or revoking anything',
    run: async (t, service) => {
      const { client, code } = await approvedClient(service)
      const otherClient = await service.register()
      expectTokenError(
        t,
        await redeem(service.url, otherClient, code, { redirect_uri: client.redirect_uri }),
        'invalid_grant'
      )
      const tokens = await redeem(service.url, client, code)
      t.ok(await acceptsToken(service, tokens['access_token']))
      const noted = await service.db
        .selectFrom('audit_logs')
        .select('reason')
        .where('client_id', '=', otherClient.client_id)
        .where('action', '=', 'oauth.token.refused')
        .execute()
      t.same(
        noted.map(({ reason }) => reason),
        ['code_of_another_client']
      )
    }
  },
  {
    // OAuth 2.1 dropped redirect_uri at the token endpoint, so a redemption without one is
    // accepted.
    title: 'a different redirect_uri at redemption is refused without consuming the code',
    run: async (t, service) => {
      const { client, code, visitor } = await approvedClient(service)
      expectTokenError(
        t,
        await redeem(service.url, client, code, { redirect_uri: 'https://other.example/' }),
        'invalid_grant'
      )
      t.equal((await redeem(service.url, client, code, { redirect_uri: undefined })).status, 200)
      t.equal((await redeem(service.url, client, await approve(visitor, client))).status, 200)
    }
  },
  {
    title: 'a wrong code_verifier does not consume the code until the fifth attempt',
    run: async (t, service) => {
      const { client, code, visitor } = await approvedClient(service)
      expectTokenError(
        t,
        await redeem(service.url, client, code, { code_verifier: 'x'.repeat(43) }),
        'invalid_grant'
      )
      t.equal((await redeem(service.url, client, code)).status, 200)
      const next = await approve(visitor, client)
      for (let i = 0; i < 5; i++) {
        expectTokenError(
          t,
          await redeem(service.url, client, next, { code_verifier: 'x'.repeat(43) }),
          'invalid_grant'
        )
      }
      expectTokenError(t, await redeem(service.url, client, next), 'invalid_grant')
    }
  },
  {
    title: 'a missing code_verifier is refused without consuming the code',
    run: async (t, service) => {
      const { client, code } = await approvedClient(service)
      expectTokenError(
        t,
        await redeem(service.url, client, code, { code_verifier: undefined }),
        'invalid_grant'
      )
      t.equal((await redeem(service.url, client, code)).status, 200)
    }
  },
  {
    title: 'a code_verifier without a code_challenge is refused as a downgrade',
    run: async (t, service) => {
      const { client, code } = await approvedClient(
        service,
        {},
        { code_challenge: undefined, code_challenge_method: undefined }
      )
      expectTokenError(
        t,
        await redeem(service.url, client, { ...code, verifier: 'x'.repeat(43) }),
        'invalid_request'
      )
      t.equal((await redeem(service.url, client, { code: code.code })).status, 200)
    }
  },
  {
    title: 'a malformed code_verifier is refused',
    run: async (t, service) => {
      const { client, code } = await approvedClient(service)
      for (const verifier of [
        'x'.repeat(42),
        'x'.repeat(129),
        'x'.repeat(42) + '+',
        'x'.repeat(42) + ' '
      ]) {
        expectTokenError(
          t,
          await redeem(service.url, client, code, { code_verifier: verifier }),
          'invalid_request',
          400,
          String(verifier.length)
        )
      }
      t.equal((await redeem(service.url, client, code)).status, 200)
    }
  },
  {
    title: 'a code that was injected into another browser session is useless without its verifier',
    run: async (t, service) => {
      const { client, code } = await approvedClient(service)
      const attacker = await approve(await service.visitor(), client)
      expectTokenError(
        t,
        await redeem(service.url, client, { code: code.code, verifier: attacker.verifier }),
        'invalid_grant'
      )
    }
  },
  {
    title: 'a complete replay of a code after two seconds revokes the grant and is audited',
    run: async (t, service) => {
      const { client, code } = await approvedClient(service)
      const tokens = await redeem(service.url, client, code)
      expectTokenError(t, await redeem(service.url, client, code), 'invalid_grant')
      t.ok(
        await acceptsToken(service, tokens['access_token']),
        'within two seconds it is the client itself'
      )
      await service.db
        .updateTable('oauth_authorization_codes')
        .set({ used_at: new Date(Date.now() - 5000) })
        .where('client_id', '=', client.client_id)
        .execute()
      expectTokenError(t, await redeem(service.url, client, code), 'invalid_grant')
      t.notOk(await acceptsToken(service, tokens['access_token']))
      t.equal(
        (
          await service.db
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
    title: 'a replay with a wrong verifier, secret or client revokes nothing',
    run: async (t, service) => {
      const { client, code } = await approvedClient(service)
      const otherClient = await service.register()
      const tokens = await redeem(service.url, client, code)
      await service.db
        .updateTable('oauth_authorization_codes')
        .set({ used_at: new Date(Date.now() - 5000) })
        .where('client_id', '=', client.client_id)
        .execute()
      expectTokenError(
        t,
        await redeem(service.url, client, code, { code_verifier: 'x'.repeat(43) }),
        'invalid_grant'
      )
      expectTokenError(
        t,
        await redeem(service.url, client, code, { client_secret: 'wrong' }),
        'invalid_client'
      )
      expectTokenError(t, await redeem(service.url, otherClient, code), 'invalid_grant')
      t.ok(await acceptsToken(service, tokens['access_token']))
    }
  },
  {
    title: 'concurrent redemptions of a code succeed once, and those tokens work',
    run: async (t, service) => {
      const { client, code } = await approvedClient(service)
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => redeem(service.url, client, code))
      )
      const won = answers.filter(({ status }) => status === 200)
      t.equal(won.length, 1)
      t.ok(
        answers.every(
          ({ status, error }) => status === 200 || (status === 400 && error === 'invalid_grant')
        )
      )
      t.ok(await acceptsToken(service, won[0]!['access_token']))
      t.equal(
        (
          await service.db
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
