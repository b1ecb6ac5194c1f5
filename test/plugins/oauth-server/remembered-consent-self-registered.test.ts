import t from 'tap'
import {
  approve,
  authorizationUrl,
  connected,
  destination,
  redeem,
  register
} from '../../support/oauth-client.ts'
import { PASSWORD, runService } from '../../support/running.ts'
import { Visitor } from '../../support/visitor.ts'
import { ask, asksAgain } from './consent-request.ts'

const running = await runService(t)
const { db } = running.app

/** Makes a self-registered client that its visitor has connected once. */
async function selfRegistered(registration: 'dynamic' | 'metadata_document', uri: string) {
  const connection = await connected(running, { method: 'none', uris: [uri] })
  await db
    .updateTable('oauth_clients')
    .set({ registration })
    .where('client_id', '=', connection.client.client_id)
    .execute()
  await redeem(running.url, connection.client, await approve(connection.visitor, connection.client))
  return connection
}

t.test(
  'nobody is sent to a client that registered itself before approving it, and it ' +
    'cannot tell who is signed in',
  async (t) => {
    const client = await register(running, {
      method: 'none',
      uris: ['https://evil.example/phish', 'com.evil.app:/run']
    })
    await db
      .updateTable('oauth_clients')
      .set({ registration: 'dynamic' })
      .where('client_id', '=', client.client_id)
      .execute()
    const visitor = await running.signedIn((await running.person()).email)
    const signedOut = new Visitor(running.url)
    const wrong: Array<Record<string, string>> = [
      { prompt: 'none' },
      { response_type: 'token' },
      { scope: 'admin' },
      { code_challenge_method: 'x' }
    ]
    for (const overrides of wrong) {
      for (const uri of ['https://evil.example/phish', 'com.evil.app:/run']) {
        for (const browser of [visitor, signedOut]) {
          const { page } = await ask(browser, client, { ...overrides, redirect_uri: uri })
          t.equal(page.status, 400, JSON.stringify(overrides))
          t.equal(page.headers.get('location'), null)
          t.ok(page.html.includes(`href="${uri}?error=`), 'the way back is a link')
        }
      }
    }
    await approve(visitor, client)
    t.equal(
      (await ask(visitor, client, { response_type: 'token' })).answer.get('error'),
      'unsupported_response_type',
      'whom one approved gets the answer'
    )
    t.equal(
      (await ask(visitor, client, { response_type: 'token', redirect_uri: 'com.evil.app:/run' }))
        .page.status,
      400,
      'at the address that was approved'
    )
  }
)

t.test(
  'a client that registered itself is answered silently only when the person opened ' +
    'the URL directly',
  async (t) => {
    for (const registration of ['dynamic', 'metadata_document'] as const) {
      const { visitor, client } = await selfRegistered(
        registration,
        'https://client.example/callback'
      )
      for (const site of ['cross-site', 'same-site', 'same-origin']) {
        t.ok((await ask(visitor, client, {}, { 'sec-fetch-site': site })).asks, site)
      }
      t.ok((await ask(visitor, client)).asks, 'a browser that does not tell')
      t.equal(
        (
          await ask(visitor, client, { prompt: 'none' }, { 'sec-fetch-site': 'cross-site' })
        ).answer.get('error'),
        'interaction_required'
      )
      t.equal((await ask(visitor, client, {}, { 'sec-fetch-site': 'none' })).page.status, 303)
    }
  }
)

t.test(
  'after sign-in a self-registered client needs approval, wherever the request began',
  async (t) => {
    const { user, client } = await selfRegistered('dynamic', 'https://client.example/callback')
    const visitor = new Visitor(running.url)
    const login = await visitor.get(authorizationUrl(client).url, { 'sec-fetch-site': 'none' })
    t.match(login.html, 'name="password"')
    const answer = await visitor.request('/login', {
      method: 'POST',
      body: new URLSearchParams([
        ...login.forms[0]!.fields.filter(([name]) => !['email', 'password'].includes(name)),
        ['email', user.email],
        ['password', PASSWORD]
      ]),
      headers: { 'sec-fetch-site': 'same-origin' }
    })
    t.equal(answer.status, 303)
    t.ok(
      asksAgain(
        await visitor.get(answer.headers.get('location')!, { 'sec-fetch-site': 'same-origin' })
      )
    )
  }
)

t.test(
  'after sign-in an operator client gets a page that navigates, because CSP ' +
    'form-action blocks redirects',
  async (t) => {
    const { visitor, client } = await connected(running)
    const { page } = await ask(visitor, client, {}, { 'sec-fetch-site': 'same-origin' })
    t.equal(page.status, 200)
    t.ok(destination(page).searchParams.get('code'))
  }
)

t.test(
  'a redirect URI on this device always needs approval, unless an operator client has a secret',
  async (t) => {
    const none = { 'sec-fetch-site': 'none' }
    for (const uri of [
      'http://127.0.0.1:4711/callback',
      'cursor://anysphere.cursor-mcp/oauth/callback'
    ]) {
      const selfRegisteredApp = await selfRegistered('dynamic', uri)
      t.ok((await ask(selfRegisteredApp.visitor, selfRegisteredApp.client, {}, none)).asks, uri)
      const known = await connected(running, { method: 'none', uris: [uri] })
      t.ok((await ask(known.visitor, known.client, {}, none)).asks, 'a public client')
      const secret = await connected(running, { uris: [uri] })
      t.equal((await ask(secret.visitor, secret.client)).page.status, 303, 'with a secret')
    }
    const { visitor, client } = await connected(running, {
      uris: ['http://localhost/callback', 'http://127.0.0.1/callback']
    })
    t.notOk(
      (await ask(visitor, client, { redirect_uri: 'http://localhost:5555/callback' })).asks,
      'the port changes from run to run'
    )
    t.ok(
      (await ask(visitor, client, { redirect_uri: 'http://127.0.0.1/callback' })).asks,
      'the host does not'
    )
  }
)
