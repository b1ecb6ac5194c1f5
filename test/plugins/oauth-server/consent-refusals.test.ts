import t from 'tap'
import { issuePushedAuthorizationRequest } from '../../../db/oauth/pushed-authorization-requests.ts'
import {
  authorizationUrl,
  decide,
  destination,
  type OAuthClient,
  register
} from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { db } = running.app
const user = await running.person()
const visitor = await running.signedIn(user.email)

async function updateClient(
  client: OAuthClient,
  values: { scope: string } | { redirect_uris: string }
): Promise<void> {
  await db
    .updateTable('oauth_clients')
    .set(values)
    .where('client_id', '=', client.client_id)
    .execute()
}

/** The grants of the client, and its pushed requests that were consumed. */
async function listTraces({ client_id: clientId }: OAuthClient) {
  const grants = await db
    .selectFrom('oauth_grants')
    .select('grant_id')
    .where('client_id', '=', clientId)
    .execute()
  const usedRequests = await db
    .selectFrom('oauth_pushed_authorization_requests')
    .select('client_id')
    .where('client_id', '=', clientId)
    .where('used_at', 'is not', null)
    .execute()
  return [...grants, ...usedRequests]
}

async function lastRefusal({ client_id: clientId }: OAuthClient) {
  return db
    .selectFrom('audit_logs')
    .select(['action', 'reason', 'user_id'])
    .where('client_id', '=', clientId)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** A pushed request of the client, as the URL that a browser opens. */
async function pushedUrl(client: OAuthClient) {
  const { url, state } = authorizationUrl(client, { scope: 'mcp:memory', prompt: 'consent' })
  const parameters = new URL(url, running.url).searchParams.toString()
  const query = new URLSearchParams({
    client_id: client.client_id,
    request_uri: await issuePushedAuthorizationRequest(db, client.client_id, parameters)
  })
  return { url: `/api/v1/oauth/authorize?${query.toString()}`, state }
}

t.test('a client that was narrowed meanwhile gets its error, and nothing is used up', async (t) => {
  const client = await register(running)
  const { url, state } = await pushedUrl(client)
  const page = await visitor.get(url)
  await updateClient(client, { scope: 'mcp:coding' })
  for (const decision of ['approve', 'deny'] as const) {
    const refusal = await decide(visitor, page, decision)
    t.equal(refusal.status, 400, 'browsers block a redirect after a form, so this is a page')
    t.match(refusal.html, 'this client may ask for: mcp:coding')
    const link = /<a class="button" href="(https:[^"]+)"/.exec(refusal.html)?.[1] ?? ''
    const backUrl = new URL(link.replaceAll('&amp;', '&'))
    t.equal(backUrl.origin + backUrl.pathname, client.redirect_uri)
    t.equal(backUrl.searchParams.get('error'), 'invalid_scope')
    t.equal(backUrl.searchParams.get('state'), state)
    t.equal(backUrl.searchParams.get('code'), null)
  }
  t.match(await lastRefusal(client), {
    action: 'oauth.authorize.refused',
    reason: 'invalid_scope',
    user_id: user.user_id
  })
  t.same(await listTraces(client), [])
  await updateClient(client, { scope: 'mcp:memory' })
  const answer = destination(await decide(visitor, page, 'approve')).searchParams
  t.ok(answer.get('code'), 'the same form counts once the client may ask again')
})

t.test('an address that was removed meanwhile gets nothing', async (t) => {
  const admin = await running.person(undefined, 'admin')
  const administrator = await running.signedIn(admin.email)
  const client = await register(running)
  const { url } = authorizationUrl(client)
  const [page, adminPage] = [await visitor.get(url), await administrator.get(url)]
  await updateClient(client, { redirect_uris: '["https://client.example/elsewhere"]' })
  const refusal = await decide(visitor, page, 'approve')
  t.equal(refusal.status, 400)
  t.match(refusal.html, 'Unknown redirect address')
  t.notMatch(refusal.html, /href="https:\/\/client\.example|kagura client update/)
  const adminRefusal = await decide(administrator, adminPage, 'approve')
  t.equal(adminRefusal.status, 400)
  t.match(adminRefusal.html, 'npx kagura client update')
  t.same(await listTraces(client), [])
})
