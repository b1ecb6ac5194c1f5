import t from 'tap'
import * as metadataDocument from '../../../plugins/oauth-server/client/metadata-document/index.ts'
import { approve, authorizationUrl, redeem, refresh } from '../../support/oauth-client.ts'
import { initialize, post } from '../../support/mcp-client.ts'
import { runService } from '../../support/running.ts'
import { Visitor } from '../../support/visitor.ts'
import { metadataDocumentPublisher, REDIRECT } from './metadata-document-publisher.ts'

const { running, user, visitor, world, documents, publish, fetched } =
  await metadataDocumentPublisher(t)

t.test(
  'a client with a metadata document gets from the document to a token and a tool call',
  async (t) => {
    const client = publish()
    const consent = await visitor.get(authorizationUrl(client).url)
    t.match(consent.html, /by the web page named below/)
    t.match(consent.html, client.client_id)
    const tokens = await redeem(running.url, client, await approve(visitor, client))
    t.equal(tokens.status, 200)
    t.equal((await post(`${running.url}/mcp`, String(tokens.access_token), initialize)).status, 200)
    t.equal((await refresh(running.url, client, tokens.refresh_token)).status, 200)
    t.equal(fetched(client.client_id), 1, 'it was fetched once')
    const without = await visitor.request(
      authorizationUrl(client, { code_challenge: undefined, code_challenge_method: undefined }).url
    )
    t.match(without.headers.get('location'), /code\+challenge\+required/)
  }
)

t.test('an anonymous visitor triggers no fetch, signs in first and then continues', async (t) => {
  const client = publish()
  const { url } = authorizationUrl(client)
  const anonymous = new Visitor(running.url)
  const page = await anonymous.get(url)
  t.match(page.html, 'name="password"')
  t.equal(fetched(client.client_id), 0)
  const consent = await anonymous.submit(page, {
    email: user.email,
    password: 'a long enough password'
  })
  t.match(consent.html, client.client_name)
  t.equal(fetched(client.client_id), 1)
})

t.test('a document may list two authentication methods, in either member', async (t) => {
  const both = ['none', 'private_key_jwt']
  const keys = {
    jwks_uri: 'https://app.example.com/keys.json',
    token_endpoint_auth_methods_supported: both
  }
  for (const [more, methods] of [
    [{ ...keys, token_endpoint_auth_method: 'none' }, both],
    [{ ...keys, token_endpoint_auth_method: 'private_key_jwt' }, both],
    [{ ...keys, jwks_uri: undefined }, ['none']]
  ] as const) {
    const client = publish(more)
    await visitor.get(authorizationUrl(client).url)
    const row = await running.app.db
      .selectFrom('oauth_clients')
      .select('token_endpoint_auth_methods')
      .where('client_id', '=', client.client_id)
      .executeTakeFirstOrThrow()
    t.same(row.token_endpoint_auth_methods, methods)
  }
})

t.test('an invalid, missing or slow document gets a page, and nothing is stored', async (t) => {
  const cases: Array<[string, { client_id: string; redirect_uri: string }]> = [
    ['of another client', publish({ client_id: 'https://other.example.com/client.json' })],
    ['with a secret', publish({ client_secret: 'x' })],
    ['with a symmetric method', publish({ token_endpoint_auth_method: 'client_secret_post' })],
    [
      'with a key over http',
      publish({
        token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri: 'http://app.example.com/keys'
      })
    ],
    ['with a dangerous address', publish({ redirect_uris: ['javascript:alert(1)'] })],
    ['without an address', publish({ redirect_uris: undefined })],
    ['not found', publish({}, { status: 404 })],
    [
      'moved',
      publish({}, { status: 302, headers: { location: 'https://b.example.com/client.json' } })
    ],
    ['as HTML', publish({}, { headers: { 'content-type': 'text/html' } })],
    ['too big', publish({ padding: 'x'.repeat(6000) })],
    ['with text that no database takes', publish({ note: 'a\0b' })],
    ['with a name of half a character', publish({ note: { '\ud800': 1 } })]
  ]
  const broken = publish()
  documents.set(broken.client_id, { body: '{"client_id":' })
  for (const [name, client] of [...cases, ['not JSON', broken] as const]) {
    const page = await visitor.get(authorizationUrl(client).url)
    t.equal(page.status, 400, name)
    t.match(page.html, 'Client metadata unavailable', name)
    t.equal(page.headers.get('location'), null)
    const rows = await running.app.db
      .selectFrom('oauth_clients')
      .select('client_id')
      .where('client_id', '=', client.client_id)
      .execute()
    t.same(rows, [], name)
  }
  const good = publish({}, { status: 500 })
  t.equal((await visitor.get(authorizationUrl(good).url)).status, 400)
  documents.get(good.client_id)!.status = 200
  t.equal(
    (await visitor.get(authorizationUrl(good).url)).status,
    200,
    'a failure is not remembered'
  )
})

t.test('a host name with a private address is not connected to', async (t) => {
  world.names['inside.example.com'] = [['10.0.0.7']]
  const before = world.dialled.length
  const page = await visitor.get(
    authorizationUrl({
      client_id: 'https://inside.example.com/client.json',
      redirect_uri: REDIRECT
    }).url
  )
  t.equal(page.status, 400)
  t.equal(world.dialled.length, before)
})

t.test('only a normalized https URL with a path is looked up', async (t) => {
  for (const id of [
    'http://app.example.com/c.json',
    'https://app.example.com',
    'https://app.example.com/',
    'https://u@app.example.com/c',
    'https://app.example.com/c#f',
    'https://app.example.com:8443/c',
    'https://app.example.com:443/c',
    'https://app.example.com/a/../c',
    'https://app.example.com/a/%2e%2e/c',
    'https://app.example.com/./c',
    'https://10.0.0.1/c',
    'https://[::1]/c',
    'https://localhost/c',
    'HTTPS://app.example.com/c',
    'https://APP.example.com/c',
    'https://app.example.com./c',
    'https://2130706433/c'
  ]) {
    t.notOk(metadataDocument.isMetadataDocumentUrl(id), id)
  }
  t.ok(metadataDocument.isMetadataDocumentUrl('https://app.example.com/oauth/client.json?v=1'))
  const page = await visitor.get(
    authorizationUrl({ client_id: 'https://app.example.com/', redirect_uri: REDIRECT }).url
  )
  t.match(page.html, 'Invalid client_id')
})

t.test(
  'with metadata documents disabled every URL is an unknown client, and the metadata says so',
  async (t) => {
    const off = await runService(t, { CLIENT_ID_METADATA_DOCUMENTS: 'false' }, undefined, {
      network: world.network
    })
    const person = await off.person()
    const client = publish()
    const before = 'https://before.example.com/client.json'
    await off.app.db
      .insertInto('oauth_clients')
      .values({
        client_id: before,
        registration: 'metadata_document',
        token_endpoint_auth_method: 'none',
        redirect_uris: JSON.stringify([REDIRECT])
      })
      .execute()
    t.match(
      (
        await (
          await off.signedIn(person.email)
        ).get(authorizationUrl({ ...client, client_id: before }).url)
      ).html,
      'Invalid client_id'
    )
    t.match(await refresh(off.url, { ...client, client_id: before }, 'kgr_unknown'), {
      status: 401,
      error: 'invalid_client'
    })
    t.match(
      (await (await off.signedIn(person.email)).get(authorizationUrl(client).url)).html,
      'Invalid client_id'
    )
    t.equal(fetched(client.client_id), 0)
    const metadata = async (url: string) =>
      (await fetch(`${url}/.well-known/oauth-authorization-server`)).json()
    t.match(await metadata(off.url), { client_id_metadata_document_supported: false })
    t.match(await metadata(running.url), { client_id_metadata_document_supported: true })
  }
)
