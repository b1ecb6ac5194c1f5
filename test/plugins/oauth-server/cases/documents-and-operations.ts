import type { Test } from 'tap'
import { authorizationUrl } from '../../../support/oauth-client.ts'
import { initialize, post } from '../../../support/mcp-client.ts'
import { ask, isError, isPage, postTo, raw, TOKEN } from './expected.ts'
import type { Case, World } from './world.ts'

const inProcess = 'with a document server: test/plugins/oauth-server/metadata-document.test.ts'

/**
 * A client_id of this kind gets a page and is registered nowhere. What a fetch would bring is shown
 * in process, where the network can be replaced.
 */
async function noDocument(t: Test, world: World, ids: string[]): Promise<void> {
  const visitor = await world.visitor()
  for (const id of ids) {
    await isPage(
      t,
      await ask(visitor, { client_id: id, redirect_uri: 'https://app.example/cb' }),
      id
    )
    t.same(
      await world.db
        .selectFrom('oauth_clients')
        .select('client_id')
        .where('client_id', '=', id)
        .execute(),
      [],
      id
    )
  }
}

export const documentAndOperationCases: Case[] = [
  {
    number: 141,
    title: 'an ill-formed document URL is an unknown client',
    run: (t, world) =>
      noDocument(t, world, [
        'http://app.example/c',
        'https://app.example',
        'https://app.example/',
        'https://u@app.example/c',
        'https://app.example/c#x',
        'https://app.example/a/../c',
        'https://app.example/%2e%2e/c',
        'https://app.example:8443/c',
        'https://10.0.0.1/c',
        'https://[::1]/c',
        'https://APP.example/c'
      ])
  },
  {
    number: 142,
    title: `a document inside is not fetched (${inProcess}, test/plugins/guarded-fetch.test.ts)`,
    run: (t, world) =>
      noDocument(t, world, [
        'https://127.0.0.1/c',
        'https://169.254.169.254/latest',
        'https://localhost/c',
        'https://[::ffff:10.0.0.1]/c'
      ])
  },
  {
    number: 143,
    title:
      'the address that was checked is the one that is dialled (test/plugins/guarded-fetch.test.ts)',
    run: (t, world) => noDocument(t, world, ['https://localtest.invalid/c'])
  },
  {
    number: 144,
    title: `what cannot be had, or is too much, is a page and not a failure (${inProcess})`,
    run: (t, world) => noDocument(t, world, ['https://no-such-host.invalid/client.json'])
  },
  {
    number: 145,
    title: `a document that is wrong is refused, and nothing of it is kept (${inProcess})`,
    run: (t, world) => noDocument(t, world, ['https://wrong.invalid/client.json'])
  },
  {
    number: 146,
    title: 'an anonymous visitor makes nothing be fetched: sign-in comes first',
    run: async (t, world) => {
      const answer = await fetch(
        world.url +
          authorizationUrl({
            client_id: `https://${crypto.randomUUID()}.invalid/client.json`,
            redirect_uri: 'https://app.example/cb'
          }).url
      )
      t.equal(answer.status, 200)
      t.match(await answer.text(), 'name="password"')
    }
  },
  {
    number: 147,
    title: 'when a client describes itself anew, the person is asked again, and live tokens stay',
    run: async (t, world) => {
      const { client, visitor, tokens } = await world.connected()
      t.equal((await ask(visitor, client)).status, 303)
      await world.db
        .updateTable('oauth_clients')
        .set({ redirect_uris: JSON.stringify([client.redirect_uri, 'https://new.example/cb']) })
        .where('client_id', '=', client.client_id)
        .execute()
      t.equal((await ask(visitor, client)).status, 200)
      t.equal(
        (await post(`${world.url}/mcp`, String(tokens['access_token']), initialize)).status,
        200
      )
    }
  },
  {
    number: 148,
    title:
      'the logo of a client is neither fetched nor shown (a name and an address are what a person judges by), so it can neither track nor reach inside',
    run: async (t, world) => {
      const [client, visitor] = [await world.register(), await world.visitor()]
      await world.db
        .updateTable('oauth_clients')
        .set({ logo_uri: 'https://track.example/logo.svg' })
        .where('client_id', '=', client.client_id)
        .execute()
      const { html, headers } = await visitor.get(authorizationUrl(client).url)
      t.notMatch(html, 'track.example')
      t.match(headers.get('content-security-policy'), "img-src 'self' data:")
    }
  },
  {
    number: 149,
    title: 'the metadata is served in every place where clients look, with the issuer to the byte',
    run: async (t, world) => {
      for (const path of ['', '/mcp', '/mcp/', '/api/v1/mcp/sse']) {
        const metadata = (await (
          await fetch(`${world.url}/.well-known/oauth-authorization-server${path}`)
        ).json()) as { issuer: string }
        t.equal(metadata.issuer, world.url, path)
        const resource = (await (
          await fetch(`${world.url}/.well-known/oauth-protected-resource${path}`)
        ).json()) as { resource: string; authorization_servers: string[] }
        t.equal(resource.resource, world.url + (path.replace(/\/$/, '') || '/api/v1/mcp/sse'), path)
        t.same(resource.authorization_servers, [world.url], path)
      }
      t.equal((await fetch(`${world.url}/.well-known/openid-configuration`)).status, 404)
    }
  },
  {
    number: 150,
    title:
      'no secret is in the audit log (nor in the log, with every secret of a whole story: test/plugins/oauth-server/log-scan.test.ts)',
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      await postTo(world, TOKEN, {
        grant_type: 'refresh_token',
        refresh_token: 'kgr_secret-guess',
        client_id: client.client_id,
        client_secret: 'secret-guess'
      })
      const said = JSON.stringify(await world.db.selectFrom('audit_logs').selectAll().execute())
      for (const secret of [
        tokens['access_token'],
        tokens['refresh_token'],
        client.client_secret,
        'secret-guess'
      ]) {
        t.notMatch(said, String(secret))
      }
    }
  },
  {
    number: 151,
    title:
      'secrets are looked up by their digest, so time tells nothing: every stored form is a digest',
    run: async (t, world) => {
      const { client } = await world.connected()
      const token = await world.db
        .selectFrom('oauth_tokens')
        .selectAll()
        .where('client_id', '=', client.client_id)
        .executeTakeFirstOrThrow()
      for (const digest of [token.access_token_hash, token.refresh_token_hash]) {
        t.match(digest, /^[0-9a-f]{64}$/)
      }
    }
  },
  {
    number: 152,
    title: 'everything that is made up has 256 random bits, and a user code 8 of 20 letters',
    run: async (t, world) => {
      const { tokens, client } = await world.connected()
      for (const name of ['access_token', 'refresh_token']) t.match(tokens[name], /^kg._[\w-]{43}$/)
      t.match(client.client_secret, /^[\w-]{43}$/)
    }
  },
  {
    number: 154,
    title: 'a request that can be read in two ways is refused by the HTTP layer',
    run: async (t, world) => {
      const head = `POST ${TOKEN} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n`
      t.match(
        await raw(world, `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
        /^HTTP\/1\.1 400/
      )
      t.match(
        await raw(world, `${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\na=b`),
        /^HTTP\/1\.1 400/
      )
      t.match(await raw(world, 'GET /login HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400/)
      t.match(
        await raw(world, 'GET /login HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'),
        /^HTTP\/1\.1 421/
      )
    }
  },
  {
    number: 155,
    title: "expiry is by the database's clock",
    run: async (t, world) => {
      const { client, tokens } = await world.connected()
      const { sql } = await import('kysely')
      const date = (seconds: number) =>
        sql`update oauth_tokens set issued_at = now() - make_interval(secs => expires_in) + make_interval(secs => ${seconds}) where client_id = ${client.client_id}`.execute(
          world.db
        )
      const status = async () =>
        (await post(`${world.url}/mcp`, String(tokens['access_token']), initialize)).status
      await date(60)
      t.equal(await status(), 200)
      await date(0)
      t.equal(await status(), 401)
      isError(t, await postTo(world, TOKEN, { grant_type: 'x' }), 'invalid_client')
    }
  }
]
