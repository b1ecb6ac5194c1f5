import type { Test } from 'tap'
import { initialize, post, toolsCall } from '../../../support/mcp-client.ts'
import { approve } from '../../../support/oauth-client.ts'
import { sendRawRequest } from './expectations.ts'
import type { DeployedService } from '../../../support/deployed-service.ts'
import type { Case } from './case.ts'

const challengeOf = ({ headers }: Response) => headers.get('www-authenticate') ?? ''

async function expectInvalidToken(
  t: Test,
  service: DeployedService,
  answer: Response,
  name: string
): Promise<void> {
  t.equal(answer.status, 401, name)
  t.match(
    challengeOf(answer),
    /^Bearer error="invalid_token", error_description="[^"]+", resource_metadata="/,
    name
  )
  t.ok(
    challengeOf(answer).includes(
      `resource_metadata="${service.url}/.well-known/oauth-protected-resource/mcp"`
    ),
    name
  )
  t.match(await answer.json(), { jsonrpc: '2.0', error: { message: String } }, name)
}

export const resourceServerCases: Case[] = [
  {
    title: 'a request without a credential gets 401 with metadata and scope but no error code',
    run: async (t, service) => {
      for (const method of ['GET', 'POST', 'DELETE', 'HEAD']) {
        const answer = await fetch(`${service.url}/mcp`, {
          method,
          ...(method === 'POST' && { body: '{}', headers: { 'content-type': 'application/json' } })
        })
        t.equal(answer.status, 401, method)
        t.equal(
          challengeOf(answer),
          `Bearer resource_metadata="${service.url}/.well-known/oauth-protected-resource/mcp", ` +
            'scope="mcp:tools"',
          method
        )
      }
    }
  },
  {
    title: 'a malformed, unknown, expired or revoked token gets invalid_token',
    run: async (t, service) => {
      const url = `${service.url}/mcp`
      for (const wrong of [
        'x',
        'kga_' + 'x'.repeat(43),
        'kagura_' + 'x'.repeat(43),
        'a.b.c',
        'x'.repeat(5000)
      ]) {
        await expectInvalidToken(t, service, await post(url, wrong, initialize), wrong.slice(0, 20))
      }
      const expired = await service.connected()
      await service.db
        .updateTable('oauth_tokens')
        .set({ issued_at: new Date(0) })
        .where('client_id', '=', expired.client.client_id)
        .execute()
      await expectInvalidToken(
        t,
        service,
        await post(url, String(expired.tokens['access_token']), initialize),
        'expired'
      )
      const revoked = await service.connected()
      await service.db
        .updateTable('oauth_tokens')
        .set({ revoked: true })
        .where('client_id', '=', revoked.client.client_id)
        .execute()
      await expectInvalidToken(
        t,
        service,
        await post(url, String(revoked.tokens['access_token']), initialize),
        'revoked'
      )
    }
  },
  {
    title: 'a token for another resource gets invalid_token',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      await service.db
        .updateTable('oauth_tokens')
        .set({ resource: 'https://elsewhere.example/mcp' })
        .where('client_id', '=', client.client_id)
        .execute()
      await expectInvalidToken(
        t,
        service,
        await post(`${service.url}/mcp`, String(tokens['access_token']), initialize),
        'audience'
      )
    }
  },
  {
    title: 'insufficient scope gets 403 with the full scope that is required',
    run: async (t, service) => {
      const { tokens } = await service.connected({}, { scope: 'mcp:memory' })
      const answer = await post(
        `${service.url}/mcp`,
        String(tokens['access_token']),
        toolsCall('coding_start_session', { project_id: 'p', description: 'd' })
      )
      t.equal(answer.status, 403)
      t.match(challengeOf(answer), /error="insufficient_scope"/)
      t.match(challengeOf(answer), /scope="mcp:memory mcp:coding"/)
      t.match(challengeOf(answer), /resource_metadata="/)
    }
  },
  {
    title: 'a token in the query or in a form is ignored',
    run: async (t, service) => {
      const { tokens } = await service.connected()
      const token = String(tokens['access_token'])
      t.equal(
        (await post(`${service.url}/mcp?access_token=${token}`, undefined, initialize)).status,
        401
      )
      const form = await fetch(`${service.url}/mcp`, {
        method: 'POST',
        body: new URLSearchParams({ access_token: token })
      })
      t.equal(form.status, 401)
    }
  },
  {
    title: 'the Bearer scheme is accepted in any case and with extra spaces',
    run: async (t, service) => {
      const { tokens } = await service.connected()
      const send = (authorization: string) =>
        post(`${service.url}/mcp`, undefined, initialize, { authorization })
      for (const spelled of ['bearer ', 'BEARER ', 'Bearer  ']) {
        t.equal((await send(spelled + String(tokens['access_token']))).status, 200, spelled)
      }
      t.equal((await send(`Bearer ${String(tokens['access_token'])} `)).status, 200)
      for (const garbage of ['Bearer', 'Bearer a b', 'Basic eDp5', 'nonsense']) {
        t.equal((await send(garbage)).status, 401, garbage)
      }
    }
  },
  {
    title: 'two credentials in one request get 400 invalid_request',
    run: async (t, service) => {
      const { tokens, user } = await service.connected()
      const key = await service.key(user)
      for (const headers of [
        { authorization: `Bearer ${String(tokens['access_token'])}, Bearer ${key}` },
        { authorization: `Bearer ${String(tokens['access_token'])}`, 'x-api-key': key }
      ]) {
        const answer = await post(
          `${service.url}/mcp`,
          undefined,
          initialize,
          headers as Record<string, string>
        )
        t.equal(answer.status, 400)
        t.match(challengeOf(answer), 'error="invalid_request"')
      }
      const header = `Authorization: Bearer ${key}`
      const twice = await sendRawRequest(
        service,
        [
          'POST /mcp HTTP/1.1',
          'Host: localhost',
          'Connection: close',
          header,
          header,
          'Content-Type: application/json',
          'Content-Length: 2',
          '',
          '{}'
        ].join('\r\n')
      )
      t.match(twice, /^HTTP\/1\.1 400[^]*error="invalid_request"/)
    }
  },
  {
    title: 'refresh tokens and codes are not accepted as access tokens',
    run: async (t, service) => {
      const { client, visitor, tokens } = await service.connected()
      const { code } = await approve(visitor, client)
      for (const wrong of [tokens['refresh_token'], code]) {
        await expectInvalidToken(
          t,
          service,
          await post(`${service.url}/mcp`, String(wrong), initialize),
          String(wrong).slice(0, 4)
        )
      }
    }
  },
  {
    title: 'the prefix tells an API key from a token, and a key has only its own scope',
    run: async (t, service) => {
      const { user, tokens } = await service.connected()
      const key = await service.key(user, 'mcp:memory')
      t.equal((await post(`${service.url}/mcp`, key, initialize)).status, 200)
      const listed = (await (
        await post(`${service.url}/mcp`, key, { jsonrpc: '2.0', id: 1, method: 'tools/list' })
      ).json()) as { result: { tools: Array<{ name: string }> } }
      t.notOk(listed.result.tools.some(({ name }) => name.startsWith('coding_')))
      t.equal(
        (await post(`${service.url}/mcp`, key.replace('kagura_', 'kga_'), initialize)).status,
        401
      )
      t.equal(
        (
          await post(
            `${service.url}/mcp`,
            String(tokens['access_token']).replace('kga_', 'kagura_'),
            initialize
          )
        ).status,
        401
      )
      const answer = await post(
        `${service.url}/api/v1/mcp/key`,
        String(tokens['access_token']),
        initialize
      )
      t.equal(answer.status, 401)
      t.notMatch(challengeOf(answer), 'resource_metadata')
    }
  },
  {
    // The stream looks at its credential again every few seconds.
    title: 'an open stream ends within five seconds after its credential is revoked',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      const stream = await fetch(`${service.url}/mcp`, {
        headers: {
          authorization: `Bearer ${String(tokens['access_token'])}`,
          accept: 'text/event-stream'
        }
      })
      t.equal(stream.status, 200)
      const began = Date.now()
      await service.db
        .updateTable('oauth_tokens')
        .set({ revoked: true })
        .where('client_id', '=', client.client_id)
        .execute()
      await stream.text()
      t.ok(Date.now() - began < 5000, `${Date.now() - began} ms`)
    }
  }
]
