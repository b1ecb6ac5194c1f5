import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Test } from 'tap'
import { outside } from '../../support/outside.ts'
import { runService } from '../../support/running.ts'

export const REDIRECT = 'https://app.example.com/callback'

/** Starts a service with a signed-in visitor, and an internet that serves metadata documents. */
export async function metadataDocumentPublisher(t: Test) {
  const documents = new Map<
    string,
    { body?: unknown; status?: number; headers?: Record<string, string> }
  >()
  const world = await outside(t, (request: IncomingMessage, response: ServerResponse) => {
    const {
      body,
      status = 200,
      headers = {}
    } = documents.get(`https://${request.headers.host}${request.url}`) ?? { status: 404 }
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const running = await runService(t, {}, undefined, { network: world.network })
  const user = await running.person()
  const visitor = await running.signedIn(user.email)

  let made = 0
  /** Publishes a document with these changes. Returns its client. */
  function publish(
    more: Record<string, unknown> = {},
    answer: { status?: number; headers?: Record<string, string> } = {}
  ): { client_id: string; client_name: string; redirect_uri: string } {
    const clientId = `https://app${++made}.example.com/client.json`
    const name = `App ${made}`
    documents.set(clientId, {
      body: { client_id: clientId, client_name: name, redirect_uris: [REDIRECT], ...more },
      ...answer
    })
    return { client_id: clientId, client_name: name, redirect_uri: REDIRECT }
  }
  const expire = (clientId: string) =>
    running.app.db
      .updateTable('oauth_client_metadata_documents')
      .set({ fresh_until: new Date(0) })
      .where('client_id', '=', clientId)
      .execute()
  const fetched = (clientId: string) =>
    world.requests.filter((url) => `https://${url}` === clientId).length
  return { running, user, visitor, world, documents, publish, expire, fetched }
}
