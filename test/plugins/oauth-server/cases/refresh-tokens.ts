import { DEVICE_GRANT } from '../../../support/device-flow.ts'
import { approve, redeem, refresh, token } from '../../../support/oauth-client.ts'
import { acceptsToken, expectTokenError } from './expectations.ts'
import type { DeployedService } from '../../../support/deployed-service.ts'
import type { Case } from './case.ts'

/** Every pair of the client, replaced ones included. */
const listTokens = ({ db }: DeployedService, clientId: string) =>
  db.selectFrom('oauth_tokens').select('token_id').where('client_id', '=', clientId).execute()
/** Dates each rotation back by an hour. */
const endRetryWindow = ({ db }: DeployedService, clientId: string) =>
  db
    .updateTable('oauth_tokens')
    .set({ rotated_at: new Date(Date.now() - 3600_000) })
    .where('client_id', '=', clientId)
    .where('rotated_at', 'is not', null)
    .execute()

export const refreshTokenCases: Case[] = [
  {
    // The successor was used, so the reuse is not a lost response.
    title: 'a refresh token that is reused after the retry window revokes its grant and is audited',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      const next = await refresh(service.url, client, tokens['refresh_token'])
      t.ok(await acceptsToken(service, next['access_token']))
      await endRetryWindow(service, client.client_id)
      expectTokenError(
        t,
        await refresh(service.url, client, tokens['refresh_token']),
        'invalid_grant'
      )
      t.notOk(await acceptsToken(service, next['access_token']))
      expectTokenError(
        t,
        await refresh(service.url, client, next['refresh_token']),
        'invalid_grant'
      )
      t.equal(
        (
          await service.db
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
    title: 'a refresh token that is reused within the retry window gets the same successor',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      const answers = [
        await refresh(service.url, client, tokens['refresh_token']),
        await refresh(service.url, client, tokens['refresh_token'])
      ]
      t.equal(answers[0]!['access_token'], answers[1]!['access_token'])
      t.equal(answers[0]!['refresh_token'], answers[1]!['refresh_token'])
      t.equal((await listTokens(service, client.client_id)).length, 2)
    }
  },
  {
    title: 'concurrent refreshes get the same pair',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => refresh(service.url, client, tokens['refresh_token']))
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
      t.equal((await listTokens(service, client.client_id)).length, 2)
    }
  },
  {
    title: 'a refresh token of another client is refused and stays valid',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      expectTokenError(
        t,
        await refresh(service.url, await service.register(), tokens['refresh_token']),
        'invalid_grant'
      )
      t.equal((await refresh(service.url, client, tokens['refresh_token'])).status, 200)
    }
  },
  {
    title: 'a refresh for more scope is refused, and the refresh token stays valid',
    run: async (t, service) => {
      const { client, tokens } = await service.connected({}, { scope: 'mcp:memory' })
      expectTokenError(
        t,
        await refresh(service.url, client, tokens['refresh_token'], {
          scope: 'mcp:memory mcp:coding'
        }),
        'invalid_scope'
      )
      t.equal((await refresh(service.url, client, tokens['refresh_token'])).status, 200)
    }
  },
  {
    title: 'a refresh for less scope narrows only its access token',
    run: async (t, service) => {
      const { client, tokens } = await service.connected({}, { scope: 'mcp:memory mcp:coding' })
      const less = await refresh(service.url, client, tokens['refresh_token'], {
        scope: 'mcp:memory'
      })
      t.equal(less['scope'], 'mcp:memory')
      t.equal(
        (await refresh(service.url, client, less['refresh_token']))['scope'],
        'mcp:memory mcp:coding'
      )
    }
  },
  {
    title: 'a refresh drops scopes that the client lost, and fails when none remains',
    run: async (t, service) => {
      const { client, tokens } = await service.connected({}, { scope: 'mcp:memory mcp:coding' })
      const narrow = (scope: string) =>
        service.db
          .updateTable('oauth_clients')
          .set({ scope })
          .where('client_id', '=', client.client_id)
          .execute()
      await narrow('mcp:memory')
      const next = await refresh(service.url, client, tokens['refresh_token'])
      t.match(next, { status: 200, scope: 'mcp:memory' })
      await narrow('mcp:web')
      expectTokenError(
        t,
        await refresh(service.url, client, next['refresh_token']),
        'invalid_scope'
      )
      await narrow('mcp:memory')
      t.equal(
        (await refresh(service.url, client, next['refresh_token'])).status,
        200,
        'it was not spent'
      )
    }
  },
  {
    title: 'a refresh for another resource is refused, and the refresh token stays valid',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      expectTokenError(
        t,
        await refresh(service.url, client, tokens['refresh_token'], {
          resource: 'https://elsewhere.example/mcp'
        }),
        'invalid_target'
      )
      t.equal((await refresh(service.url, client, tokens['refresh_token'])).status, 200)
    }
  },
  {
    title: 'a token of one kind is not accepted as another kind',
    run: async (t, service) => {
      const { client, tokens, visitor } = await service.connected()
      const { code, verifier } = await approve(visitor, client)
      expectTokenError(
        t,
        await refresh(service.url, client, tokens['access_token']),
        'invalid_grant',
        400,
        'access token'
      )
      expectTokenError(t, await refresh(service.url, client, code), 'invalid_grant', 400, 'code')
      expectTokenError(
        t,
        await redeem(service.url, client, { code: String(tokens['refresh_token']), verifier }),
        'invalid_grant',
        400,
        'refresh token'
      )
      await service.db
        .updateTable('oauth_clients')
        .set({ grant_types: JSON.stringify(['authorization_code', DEVICE_GRANT]) })
        .where('client_id', '=', client.client_id)
        .execute()
      expectTokenError(
        t,
        await token(service.url, {
          grant_type: DEVICE_GRANT,
          device_code: code,
          client_id: client.client_id,
          client_secret: client.client_secret
        }),
        'invalid_grant',
        400,
        'code as device code'
      )
      t.equal((await redeem(service.url, client, { code, verifier })).status, 200)
    }
  },
  {
    title: 'a refresh fails after a revocation, for a disabled person and for a deleted client',
    run: async (t, service) => {
      const revoked = await service.connected()
      await service.db
        .updateTable('oauth_tokens')
        .set({ revoked: true })
        .where('client_id', '=', revoked.client.client_id)
        .execute()
      expectTokenError(
        t,
        await refresh(service.url, revoked.client, revoked.tokens['refresh_token']),
        'invalid_grant',
        400,
        'SQL'
      )
      const disabled = await service.connected()
      await service.db
        .updateTable('users')
        .set({ disabled_at: new Date() })
        .where('user_id', '=', disabled.user.user_id)
        .execute()
      expectTokenError(
        t,
        await refresh(service.url, disabled.client, disabled.tokens['refresh_token']),
        'invalid_grant',
        400,
        'person'
      )
      const deleted = await service.connected()
      await service.db
        .deleteFrom('oauth_clients')
        .where('client_id', '=', deleted.client.client_id)
        .execute()
      expectTokenError(
        t,
        await refresh(service.url, deleted.client, deleted.tokens['refresh_token']),
        'invalid_client',
        401,
        'client'
      )
    }
  },
  {
    title: 'a revocation concurrent with refreshes leaves no live token',
    run: async (t, service) => {
      for (let round = 0; round < 3; round++) {
        const { client, tokens } = await service.connected()
        const refreshes = Array.from({ length: 4 }, () =>
          refresh(service.url, client, tokens['refresh_token'])
        )
        const revoke = service.db
          .updateTable('oauth_tokens')
          .set({ revoked: true })
          .where('client_id', '=', client.client_id)
          .execute()
        const [answers] = await Promise.all([Promise.all(refreshes), revoke])
        for (const answer of [...answers, tokens]) {
          if (answer['access_token']) t.notOk(await acceptsToken(service, answer['access_token']))
        }
        t.ok(answers.every(({ status }) => status === 200 || status === 400))
      }
    }
  },
  {
    // crash.test.ts covers a process that is killed between commit and response.
    title: 'a retry after a lost response gets the same pair',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      await fetch(`${service.url}/api/v1/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: String(tokens['refresh_token']),
          client_id: client.client_id,
          client_secret: client.client_secret!
        })
      }).then((answer) => answer.body?.cancel())
      const [first, second] = [
        await refresh(service.url, client, tokens['refresh_token']),
        await refresh(service.url, client, tokens['refresh_token'])
      ]
      t.equal(first['refresh_token'], second['refresh_token'])
      t.ok(await acceptsToken(service, first['access_token']))
    }
  }
]
