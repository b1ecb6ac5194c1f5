import * as oauth from 'oauth4webapi'
import t from 'tap'
import { issueClient } from '../../db/oauth/clients.ts'
import { connected } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'
import { approveAt, serves, signedIn } from './person.ts'

const running = await runService(t)
/** The library requires https, but this service is on loopback. */
const insecure = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(running.url)
const as = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
)
const redirectUri = 'http://127.0.0.1:49156/callback'

t.test('oauth4webapi introspects a token and revokes it', async (t) => {
  const { client: registered, tokens } = await connected(running)
  const client: oauth.Client = { client_id: registered.client_id }
  const proof = oauth.ClientSecretBasic(registered.client_secret!)
  const introspect = async (token: unknown) =>
    oauth.processIntrospectionResponse(
      as,
      client,
      await oauth.introspectionRequest(as, client, proof, String(token), insecure)
    )
  t.match(await introspect(tokens['access_token']), {
    active: true,
    client_id: client.client_id,
    token_type: 'Bearer',
    scope: 'mcp:tools mcp:memory mcp:coding'
  })
  t.equal(
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, proof, String(tokens['refresh_token']), insecure)
    ),
    undefined
  )
  t.same(await introspect(tokens['access_token']), { active: false })
})

t.test('oauth4webapi connects with a pushed authorization request', async (t) => {
  const issued = await issueClient(running.app.db, 'pushing', {
    client_name: 'Pushing',
    redirect_uris: ['http://127.0.0.1/callback'],
    scope: 'mcp:tools',
    token_endpoint_auth_method: 'client_secret_post'
  })
  const client: oauth.Client = { client_id: 'pushing' }
  const proof = oauth.ClientSecretPost(issued!.client_secret!)
  const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()]
  const parameters = {
    redirect_uri: redirectUri,
    response_type: 'code',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    scope: 'mcp:memory',
    state
  }
  const pushed = await oauth.processPushedAuthorizationResponse(
    as,
    client,
    await oauth.pushedAuthorizationRequest(as, client, proof, parameters, insecure)
  )
  const url = new URL(as.authorization_endpoint!)
  url.search = new URLSearchParams({
    client_id: client.client_id,
    request_uri: pushed.request_uri
  }).toString()
  const callback = oauth.validateAuthResponse(
    as,
    client,
    await approveAt(await signedIn(running), url),
    state
  )
  const tokens = await oauth.processAuthorizationCodeResponse(
    as,
    client,
    await oauth.authorizationCodeGrantRequest(
      as,
      client,
      proof,
      callback,
      redirectUri,
      verifier,
      insecure
    )
  )
  t.equal(tokens.scope, 'mcp:memory')
  t.ok(await serves(t, running, tokens.access_token))
})

t.test('oauth4webapi connects a device', async (t) => {
  const grants = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token']
  await issueClient(running.app.db, 'terminal', {
    client_name: 'Terminal',
    redirect_uris: [],
    grant_types: grants,
    scope: 'mcp:tools',
    token_endpoint_auth_method: 'none'
  })
  const client: oauth.Client = { client_id: 'terminal' }
  const deviceAuthorization = await oauth.processDeviceAuthorizationResponse(
    as,
    client,
    await oauth.deviceAuthorizationRequest(
      as,
      client,
      oauth.None(),
      { scope: 'mcp:memory' },
      insecure
    )
  )
  const poll = async () =>
    oauth.processDeviceCodeResponse(
      as,
      client,
      await oauth.deviceCodeGrantRequest(
        as,
        client,
        oauth.None(),
        deviceAuthorization.device_code,
        insecure
      )
    )
  await t.rejects(poll(), Object.assign(new Error(), { error: 'authorization_pending' }))
  const visitor = await signedIn(running)
  const entered = await visitor.submit(await visitor.get('/device'), {
    user_code: deviceAuthorization.user_code
  })
  const [form] = entered.forms
  await visitor.post(form!.action, [...form!.fields, ['decision', 'approve']])
  const tokens = await poll()
  t.equal(tokens.scope, 'mcp:memory')
  t.ok(await serves(t, running, tokens.access_token))
})
