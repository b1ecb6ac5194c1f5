import * as oauth from 'oauth4webapi'
import t from 'tap'
import { register } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'
import { approveAt, serves, signedIn } from './person.ts'

const running = await runService(t)
/** The library requires https, but this service is on loopback. */
const insecure = { [oauth.allowInsecureRequests]: true }
const redirectUri = 'http://127.0.0.1:49152/callback'

async function discover(): Promise<oauth.AuthorizationServer> {
  const resource = await oauth.processResourceDiscoveryResponse(
    new URL(`${running.url}/api/v1/mcp/sse`),
    await oauth.resourceDiscoveryRequest(new URL(`${running.url}/api/v1/mcp/sse`), insecure)
  )
  const issuer = new URL(resource.authorization_servers![0]!)
  return oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  )
}

/**
 * The authorization request with everything the library offers to check; the callback's parameters,
 * checked by it.
 */
async function authorize(
  as: oauth.AuthorizationServer,
  client: oauth.Client
): Promise<{ callback: URLSearchParams; verifier: string }> {
  const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()]
  const url = new URL(as.authorization_endpoint!)
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'mcp:memory mcp:coding',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource: `${running.url}/api/v1/mcp/sse`,
    state
  }).toString()
  return {
    callback: oauth.validateAuthResponse(
      as,
      client,
      await approveAt(await signedIn(running), url),
      state
    ),
    verifier
  }
}

for (const [method, authentication] of [
  ['client_secret_post', oauth.ClientSecretPost],
  ['client_secret_basic', oauth.ClientSecretBasic],
  ['none', () => oauth.None()]
] as const) {
  t.test(
    `oauth4webapi (${method}) discovers, gets a code with PKCE, redeems and refreshes it`,
    async (t) => {
      const as = await discover()
      const registered = await register(running, { method, uris: ['http://127.0.0.1/callback'] })
      const client: oauth.Client = { client_id: registered.client_id }
      const proof = authentication(registered.client_secret ?? '')
      const { callback, verifier } = await authorize(as, client)
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
      t.equal(tokens.scope, 'mcp:memory mcp:coding')
      t.ok(await serves(t, running, tokens.access_token))
      const refreshed = await oauth.processRefreshTokenResponse(
        as,
        client,
        await oauth.refreshTokenGrantRequest(as, client, proof, tokens.refresh_token!, insecure)
      )
      t.not(refreshed.refresh_token, tokens.refresh_token)
      t.ok(await serves(t, running, refreshed.access_token))
    }
  )
}

t.test('oauth4webapi reads a refusal as an OAuth error', async (t) => {
  const as = await discover()
  const registered = await register(running, { uris: ['http://127.0.0.1/callback'] })
  const client: oauth.Client = { client_id: registered.client_id }
  const refused = oauth.refreshTokenGrantRequest(
    as,
    client,
    oauth.ClientSecretPost(registered.client_secret!),
    'kgr_nothing',
    insecure
  )
  await t.rejects(
    refused.then((response) => oauth.processRefreshTokenResponse(as, client, response)),
    Object.assign(new Error(), { error: 'invalid_grant', status: 400 })
  )
  const wrong = oauth.refreshTokenGrantRequest(
    as,
    client,
    oauth.ClientSecretBasic('wrong'),
    'kgr_nothing',
    insecure
  )
  await t.rejects(
    wrong.then((response) => oauth.processRefreshTokenResponse(as, client, response)),
    Object.assign(new Error(), { cause: [{ scheme: 'basic' }] })
  )
})

t.test('oauth4webapi registers a client by itself', async (t) => {
  const as = await discover()
  const request = await oauth.dynamicClientRegistrationRequest(
    as,
    {
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      client_name: 'oauth4webapi'
    },
    insecure
  )
  const client = await oauth.processDynamicClientRegistrationResponse(request)
  const { callback, verifier } = await authorize(as, client)
  const tokens = await oauth.processAuthorizationCodeResponse(
    as,
    client,
    await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.None(),
      callback,
      redirectUri,
      verifier,
      insecure
    )
  )
  t.ok(await serves(t, running, tokens.access_token))
})
