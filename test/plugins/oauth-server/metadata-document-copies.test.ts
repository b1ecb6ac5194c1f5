import t from 'tap'
import { authorizationUrl, decide, destination } from '../../support/oauth-client.ts'
import { Visitor } from '../../support/visitor.ts'
import { metadataDocumentPublisher, REDIRECT } from './metadata-document-publisher.ts'

const { running, visitor, documents, publish, expire, fetched } = await metadataDocumentPublisher(t)

t.test(
  'a well-known client works from the bundled copy, and nothing is fetched before sign-in',
  async (t) => {
    const client = {
      client_id: 'https://chatgpt.com/oauth/client.json',
      redirect_uri: 'https://chatgpt.com/connector_platform_oauth_redirect'
    }
    const anonymous = new Visitor(running.url)
    t.match((await anonymous.get(authorizationUrl(client).url)).html, 'ChatGPT')
    t.match(
      (await anonymous.get(authorizationUrl({ ...client, redirect_uri: REDIRECT }).url)).html,
      'Unknown redirect address'
    )
    t.equal(fetched(client.client_id), 0)
    documents.set(client.client_id, {
      body: {
        client_id: client.client_id,
        client_name: 'ChatGPT of today',
        redirect_uris: [client.redirect_uri]
      }
    })
    t.match((await visitor.get(authorizationUrl(client).url)).html, 'ChatGPT of today')
  }
)

t.test(
  'a copy of a document is cached by its headers, renewed when stale, and used during an outage',
  async (t) => {
    const client = publish({}, { headers: { 'cache-control': 'max-age=3600', etag: '"1"' } })
    const look = async () => (await visitor.get(authorizationUrl(client).url)).html
    await Promise.all([look(), look(), look()])
    t.equal(fetched(client.client_id), 1, 'who asks at one instant shares one fetch')
    const { fresh_until: until } = await running.app.db
      .selectFrom('oauth_client_metadata_documents')
      .select('fresh_until')
      .where('client_id', '=', client.client_id)
      .executeTakeFirstOrThrow()
    t.ok(Math.abs(until.getTime() - Date.now() - 3600_000) < 60_000)
    documents.get(client.client_id)!.body = {
      client_id: client.client_id,
      client_name: 'Renamed',
      redirect_uris: [REDIRECT]
    }
    t.notMatch(await look(), 'Renamed')
    await expire(client.client_id)
    t.match(await look(), 'Renamed')
    documents.get(client.client_id)!.status = 503
    await expire(client.client_id)
    t.match(await look(), 'Renamed', 'the stored copy serves on')
    const before = fetched(client.client_id)
    await look()
    t.equal(fetched(client.client_id), before, 'and its publisher is left alone for a while')
    documents.set(client.client_id, {
      body: { client_id: client.client_id, client_name: 'Bad', redirect_uris: ['data:x'] }
    })
    await expire(client.client_id)
    t.match(await look(), 'Renamed', 'a document that went bad replaces nothing')
  }
)

t.test('changes by an operator outlive a new version of the document', async (t) => {
  const client = publish()
  await visitor.get(authorizationUrl(client).url)
  const { db } = running.app
  await db
    .updateTable('oauth_clients')
    .set({ scope: 'mcp:memory' })
    .where('client_id', '=', client.client_id)
    .execute()
  documents.set(client.client_id, {
    body: {
      client_id: client.client_id,
      client_name: 'Wider',
      redirect_uris: [REDIRECT],
      scope: 'mcp:tools'
    }
  })
  await expire(client.client_id)
  const { html } = await visitor.get(authorizationUrl(client).url)
  t.match(html, 'Wider', 'the document was read anew')
  t.notMatch(html, 'value="mcp:coding"')
  await db
    .updateTable('oauth_clients')
    .set({ disabled_at: new Date() })
    .where('client_id', '=', client.client_id)
    .execute()
  await expire(client.client_id)
  t.equal((await visitor.get(authorizationUrl(client).url)).status, 400)
})

t.test('a well-known client works while its publisher is unreachable', async (t) => {
  const client = {
    client_id: 'https://claude.ai/oauth/claude-code-client-metadata',
    redirect_uri: 'http://localhost:41234/callback'
  }
  const answer = destination(
    await decide(visitor, await visitor.get(authorizationUrl(client).url), 'approve')
  )
  t.ok(answer.searchParams.get('code'))
  const [row] = await running.app.db
    .selectFrom('audit_logs')
    .select(['reason', 'details'])
    .where('action', '=', 'oauth.client.document_unavailable')
    .where('client_id', '=', client.client_id)
    .execute()
  t.match(row, { reason: 'document_not_found', details: { used: 'shipped copy' } })
})
