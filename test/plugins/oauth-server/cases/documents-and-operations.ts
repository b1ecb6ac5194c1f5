import { sql } from 'kysely'
import type { Test } from 'tap'
import { authorizationUrl } from '../../../support/oauth-client.ts'
import { initialize, post } from '../../../support/mcp-client.ts'
import {
  requestAuthorization,
  expectTokenError,
  expectErrorPage,
  postTo,
  sendRawRequest,
  TOKEN_PATH
} from './expectations.ts'
import type { DeployedService } from '../../../support/deployed-service.ts'
import type { Case } from './case.ts'

/**
 * Expects each client_id to get a page and to stay unregistered. metadata-document.test.ts covers
 * what a fetch returns: it runs in process, where it can replace the network.
 */
async function expectUnknownClients(
  t: Test,
  service: DeployedService,
  ids: string[]
): Promise<void> {
  const visitor = await service.visitor()
  for (const id of ids) {
    await expectErrorPage(
      t,
      await requestAuthorization(visitor, {
        client_id: id,
        redirect_uri: 'https://app.example/cb'
      }),
      id
    )
    t.same(
      await service.db
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
    title: 'a malformed metadata document URL is an unknown client',
    run: (t, service) =>
      expectUnknownClients(t, service, [
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
    // test/plugins/guarded-fetch.test.ts covers every private range.
    title: 'a metadata document on a private address is not fetched',
    run: (t, service) =>
      expectUnknownClients(t, service, [
        'https://127.0.0.1/c',
        'https://169.254.169.254/latest',
        'https://localhost/c',
        'https://[::ffff:10.0.0.1]/c'
      ])
  },
  {
    // test/plugins/guarded-fetch.test.ts checks that the checked address is the one that is
    // dialled.
    title: 'a metadata document on an unresolvable host is not registered',
    run: (t, service) => expectUnknownClients(t, service, ['https://localtest.invalid/c'])
  },
  {
    title: 'a metadata document that cannot be fetched gets a page',
    run: (t, service) =>
      expectUnknownClients(t, service, ['https://no-such-host.invalid/client.json'])
  },
  {
    title: 'a metadata document that is invalid is refused and not stored',
    run: (t, service) => expectUnknownClients(t, service, ['https://wrong.invalid/client.json'])
  },
  {
    title: 'an anonymous visitor triggers no fetch and is asked to sign in first',
    run: async (t, service) => {
      const answer = await fetch(
        service.url +
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
    title: 'a changed client description asks the person again, and live tokens stay valid',
    run: async (t, service) => {
      const { client, visitor, tokens } = await service.connected()
      t.equal((await requestAuthorization(visitor, client)).status, 303)
      await service.db
        .updateTable('oauth_clients')
        .set({ redirect_uris: JSON.stringify([client.redirect_uri, 'https://new.example/cb']) })
        .where('client_id', '=', client.client_id)
        .execute()
      t.equal((await requestAuthorization(visitor, client)).status, 200)
      t.equal(
        (await post(`${service.url}/mcp`, String(tokens['access_token']), initialize)).status,
        200
      )
    }
  },
  {
    // A person judges a client by its name and address. A logo could track people or reach
    // inside.
    title: 'a client logo is neither fetched nor displayed',
    run: async (t, service) => {
      const [client, visitor] = [await service.register(), await service.visitor()]
      await service.db
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
    title: 'metadata is served at every well-known path with the exact issuer',
    run: async (t, service) => {
      for (const path of ['', '/mcp', '/mcp/', '/api/v1/mcp/sse']) {
        const metadata = (await (
          await fetch(`${service.url}/.well-known/oauth-authorization-server${path}`)
        ).json()) as { issuer: string }
        t.equal(metadata.issuer, service.url, path)
        const resource = (await (
          await fetch(`${service.url}/.well-known/oauth-protected-resource${path}`)
        ).json()) as { resource: string; authorization_servers: string[] }
        t.equal(
          resource.resource,
          service.url + (path.replace(/\/$/, '') || '/api/v1/mcp/sse'),
          path
        )
        t.same(resource.authorization_servers, [service.url], path)
      }
      t.equal((await fetch(`${service.url}/.well-known/openid-configuration`)).status, 404)
    }
  },
  {
    // test/plugins/oauth-server/log-scan.test.ts looks for every secret in the server log, too.
    title: 'the audit log holds no secret',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      await postTo(service, TOKEN_PATH, {
        grant_type: 'refresh_token',
        refresh_token: 'kgr_secret-guess',
        client_id: client.client_id,
        client_secret: 'secret-guess'
      })
      const auditLog = JSON.stringify(
        await service.db.selectFrom('audit_logs').selectAll().execute()
      )
      for (const secret of [
        tokens['access_token'],
        tokens['refresh_token'],
        client.client_secret,
        'secret-guess'
      ]) {
        t.notMatch(auditLog, String(secret))
      }
    }
  },
  {
    title: 'stored tokens are digests, so timing reveals nothing',
    run: async (t, service) => {
      const { client } = await service.connected()
      const token = await service.db
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
    title: 'tokens and client secrets have 256 random bits',
    run: async (t, service) => {
      const { tokens, client } = await service.connected()
      for (const name of ['access_token', 'refresh_token']) t.match(tokens[name], /^kg._[\w-]{43}$/)
      t.match(client.client_secret, /^[\w-]{43}$/)
    }
  },
  {
    title: 'an ambiguous HTTP request is refused by the HTTP layer',
    run: async (t, service) => {
      const head =
        `POST ${TOKEN_PATH} HTTP/1.1\r\nHost: localhost\r\n` +
        'Content-Type: application/x-www-form-urlencoded\r\n'
      t.match(
        await sendRawRequest(
          service,
          `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`
        ),
        /^HTTP\/1\.1 400/
      )
      t.match(
        await sendRawRequest(service, `${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\na=b`),
        /^HTTP\/1\.1 400/
      )
      t.match(await sendRawRequest(service, 'GET /login HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400/)
      t.match(
        await sendRawRequest(
          service,
          'GET /login HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'
        ),
        /^HTTP\/1\.1 421/
      )
    }
  },
  {
    title: 'tokens expire by the clock of the database',
    run: async (t, service) => {
      const { client, tokens } = await service.connected()
      const setSecondsLeft = (seconds: number) =>
        sql`
          update oauth_tokens
          set issued_at = now() + make_interval(secs => ${seconds} - expires_in)
          where client_id = ${client.client_id}`.execute(service.db)
      const status = async () =>
        (await post(`${service.url}/mcp`, String(tokens['access_token']), initialize)).status
      await setSecondsLeft(60)
      t.equal(await status(), 200)
      await setSecondsLeft(0)
      t.equal(await status(), 401)
      expectTokenError(t, await postTo(service, TOKEN_PATH, { grant_type: 'x' }), 'invalid_client')
    }
  }
]
