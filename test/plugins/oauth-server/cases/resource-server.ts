import type { Test } from 'tap'
import { initialize, post, toolsCall } from '../../../support/mcp-client.ts'
import { approve } from '../../../support/oauth-client.ts'
import { raw } from './expected.ts'
import type { Case, World } from './world.ts'

const challenge = ({ headers }: Response) => headers.get('www-authenticate') ?? ''

async function isInvalidToken(
  t: Test,
  world: World,
  answer: Response,
  name: string
): Promise<void> {
  t.equal(answer.status, 401, name)
  t.match(
    challenge(answer),
    /^Bearer error="invalid_token", error_description="[^"]+", resource_metadata="/,
    name
  )
  t.ok(
    challenge(answer).includes(
      `resource_metadata="${world.url}/.well-known/oauth-protected-resource/mcp"`
    ),
    name
  )
  t.match(await answer.json(), { jsonrpc: '2.0', error: { message: String } }, name)
}

export const resourceServerCases: Case[] = [
  {
    number: 117,
    title:
      'without a credential: 401 with where to learn more and what scope to ask for, and no error code',
    run: async (t, world) => {
      for (const method of ['GET', 'POST', 'DELETE', 'HEAD']) {
        const answer = await fetch(`${world.url}/mcp`, {
          method,
          ...(method === 'POST' && { body: '{}', headers: { 'content-type': 'application/json' } })
        })
        t.equal(answer.status, 401, method)
        t.equal(
          challenge(answer),
          `Bearer resource_metadata="${world.url}/.well-known/oauth-protected-resource/mcp", scope="mcp:tools"`,
          method
        )
      }
    }
  },
  {
    number: 118,
    title: 'a malformed, unknown, expired or revoked token is 401 invalid_token',
    run: async (t, world) => {
      const url = `${world.url}/mcp`
      for (const wrong of [
        'x',
        'kga_' + 'x'.repeat(43),
        'kagura_' + 'x'.repeat(43),
        'a.b.c',
        'x'.repeat(5000)
      ]) {
        await isInvalidToken(t, world, await post(url, wrong, initialize), wrong.slice(0, 20))
      }
      const expired = await world.connected()
      await world.db
        .updateTable('oauth_tokens')
        .set({ issued_at: new Date(0) })
        .where('client_id', '=', expired.client.client_id)
        .execute()
      await isInvalidToken(
        t,
        world,
        await post(url, String(expired.tokens['access_token']), initialize),
        'expired'
      )
      const revoked = await world.connected()
      await world.db
        .updateTable('oauth_tokens')
        .set({ revoked: true })
        .where('client_id', '=', revoked.client.client_id)
        .execute()
      await isInvalidToken(
        t,
        world,
        await post(url, String(revoked.tokens['access_token']), initialize),
        'revoked'
      )
    }
  },
  {
    number: 119,
    title: 'a token for another resource is 401 invalid_token',
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      await world.db
        .updateTable('oauth_tokens')
        .set({ resource: 'https://elsewhere.example/mcp' })
        .where('client_id', '=', client.client_id)
        .execute()
      await isInvalidToken(
        t,
        world,
        await post(`${world.url}/mcp`, String(tokens['access_token']), initialize),
        'audience'
      )
    }
  },
  {
    number: 120,
    title: 'too little scope is 403 insufficient_scope that names all that is needed',
    run: async (t, world) => {
      const { tokens } = await world.connected({}, { scope: 'mcp:memory' })
      const answer = await post(
        `${world.url}/mcp`,
        String(tokens['access_token']),
        toolsCall('coding_start_session', { project_id: 'p', description: 'd' })
      )
      t.equal(answer.status, 403)
      t.match(challenge(answer), /error="insufficient_scope"/)
      t.match(challenge(answer), /scope="mcp:memory mcp:coding"/)
      t.match(challenge(answer), /resource_metadata="/)
    }
  },
  {
    number: 121,
    title: 'a token in the query or in a form is not read',
    run: async (t, world) => {
      const { tokens } = await world.connected()
      const token = String(tokens['access_token'])
      t.equal(
        (await post(`${world.url}/mcp?access_token=${token}`, undefined, initialize)).status,
        401
      )
      const form = await fetch(`${world.url}/mcp`, {
        method: 'POST',
        body: new URLSearchParams({ access_token: token })
      })
      t.equal(form.status, 401)
    }
  },
  {
    number: 122,
    title: 'the scheme is written in any case, with any number of spaces',
    run: async (t, world) => {
      const { tokens } = await world.connected()
      const send = (authorization: string) =>
        post(`${world.url}/mcp`, undefined, initialize, { authorization })
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
    number: 123,
    title: 'two credentials are 400 invalid_request',
    run: async (t, world) => {
      const { tokens, user } = await world.connected()
      const key = await world.key(user)
      for (const headers of [
        { authorization: `Bearer ${String(tokens['access_token'])}, Bearer ${key}` },
        { authorization: `Bearer ${String(tokens['access_token'])}`, 'x-api-key': key }
      ]) {
        const answer = await post(
          `${world.url}/mcp`,
          undefined,
          initialize,
          headers as Record<string, string>
        )
        t.equal(answer.status, 400)
        t.match(challenge(answer), 'error="invalid_request"')
      }
      const header = `Authorization: Bearer ${key}`
      const twice = await raw(
        world,
        `POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${header}\r\n${header}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`
      )
      t.match(twice, /^HTTP\/1\.1 400[^]*error="invalid_request"/)
    }
  },
  {
    number: 124,
    title: 'refresh tokens and codes are no access tokens',
    run: async (t, world) => {
      const { client, visitor, tokens } = await world.connected()
      const { code } = await approve(visitor, client)
      for (const wrong of [tokens['refresh_token'], code]) {
        await isInvalidToken(
          t,
          world,
          await post(`${world.url}/mcp`, String(wrong), initialize),
          String(wrong).slice(0, 4)
        )
      }
    }
  },
  {
    number: 125,
    title:
      'a key is a key and a token a token: the prefix decides, and a key has its own scope only',
    run: async (t, world) => {
      const { user, tokens } = await world.connected()
      const key = await world.key(user, 'mcp:memory')
      t.equal((await post(`${world.url}/mcp`, key, initialize)).status, 200)
      const listed = (await (
        await post(`${world.url}/mcp`, key, { jsonrpc: '2.0', id: 1, method: 'tools/list' })
      ).json()) as { result: { tools: Array<{ name: string }> } }
      t.notOk(listed.result.tools.some(({ name }) => name.startsWith('coding_')))
      t.equal(
        (await post(`${world.url}/mcp`, key.replace('kagura_', 'kga_'), initialize)).status,
        401
      )
      t.equal(
        (
          await post(
            `${world.url}/mcp`,
            String(tokens['access_token']).replace('kga_', 'kagura_'),
            initialize
          )
        ).status,
        401
      )
      const answer = await post(
        `${world.url}/api/v1/mcp/key`,
        String(tokens['access_token']),
        initialize
      )
      t.equal(answer.status, 401)
      t.notMatch(challenge(answer), 'resource_metadata')
    }
  },
  {
    number: 126,
    title: 'an open stream ends within five seconds of the revocation of its credential',
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      const stream = await fetch(`${world.url}/mcp`, {
        headers: {
          authorization: `Bearer ${String(tokens['access_token'])}`,
          accept: 'text/event-stream'
        }
      })
      t.equal(stream.status, 200)
      const began = Date.now()
      await world.db
        .updateTable('oauth_tokens')
        .set({ revoked: true })
        .where('client_id', '=', client.client_id)
        .execute()
      await stream.text()
      t.ok(Date.now() - began < 5000, `${Date.now() - began} ms`)
    }
  }
]
