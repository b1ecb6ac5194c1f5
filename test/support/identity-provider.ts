import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, decodeJwt, SignJWT } from 'jose'
import Provider from 'oidc-provider'
import type { Teardown } from './teardown.ts'
import { type Page, Visitor } from './visitor.ts'

export const PROVIDER_SECRET = 'the secret of the provider, long enough'

/** Who signs in at the provider next. */
export interface ProviderPerson {
  sub: string
  email?: string
  email_verified?: boolean
  name?: string
}

type ProviderKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey']

export interface IdentityProvider {
  issuer: string
  person: ProviderPerson
  /** Whether the provider refuses the person. */
  denies: boolean
  /** Changes the claims of the next id tokens, or the key that signs them. */
  forge: ((claims: JWTPayload) => JWTPayload) | undefined
  forgedKey: ProviderKey | undefined
  /** Registers the service, whose address is known once it listens. */
  register: (serviceUrl: string) => void
}

/** npm oidc-provider on loopback. It signs its person in without asking. */
export async function startIdentityProvider(t: Teardown): Promise<IdentityProvider> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), kid: 'k', alg: 'RS256', use: 'sig' }
  let handle: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined
  const server = createServer((request, response) => handle?.(request, response))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const fake: IdentityProvider = {
    issuer,
    person: { sub: 'nobody' },
    denies: false,
    forge: undefined,
    forgedKey: undefined,
    register(serviceUrl) {
      const provider = new Provider(issuer, configurationOf(fake, serviceUrl, key))
      forgeTokens(provider, fake, privateKey)
      const answer = provider.callback()
      handle = (request, response) =>
        request.url?.startsWith('/interaction/')
          ? provider.interactionFinished(request, response, interactionResult(fake))
          : answer(request, response)
    }
  }
  return fake
}

function interactionResult({ denies, person }: IdentityProvider): Record<string, unknown> {
  return denies ? { error: 'access_denied' } : { login: { accountId: person.sub } }
}

function configurationOf(
  fake: IdentityProvider,
  serviceUrl: string,
  key: object
): Record<string, unknown> {
  return {
    clients: [
      {
        client_id: 'kagura',
        client_secret: PROVIDER_SECRET,
        redirect_uris: [`${serviceUrl}/login/oidc/callback`]
      }
    ],
    jwks: { keys: [key] },
    cookies: { keys: ['a key of the test'] },
    claims: { email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ ...fake.person, sub: accountId })
    }),
    /** Everybody consented before. */
    loadExistingGrant: async (context: any) => {
      const { provider, client, session } = context.oidc
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    }
  }
}

function forgeTokens(provider: Provider, fake: IdentityProvider, key: ProviderKey): void {
  provider.use(async (context, next) => {
    await next()
    const { id_token: token } = context.body ?? {}
    if (context.oidc?.route !== 'token' || typeof token !== 'string') return
    if (!fake.forge && !fake.forgedKey) return
    const claims = fake.forge?.(decodeJwt(token)) ?? decodeJwt(token)
    const signer = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k' })
    context.body['id_token'] = await signer.sign(fake.forgedKey ?? key)
  })
}

/** Follows the redirects of the provider; returns the path that it sends the browser back to. */
export async function passProvider(location: string, serviceUrl: string): Promise<string> {
  const browser = new Visitor(new URL(location).origin)
  let next = location
  for (let steps = 0; !next.startsWith(serviceUrl) && steps < 10; steps++) {
    const answer = await browser.request(next)
    next = new URL(answer.headers.get('location') ?? '', next).href
  }
  return next.slice(serviceUrl.length)
}

/** Signs in with the provider, from its link on to the page that the person comes to. */
export async function signInAtProvider(
  visitor: Visitor,
  path = '/login/oidc',
  change: (callback: string) => string = (callback) => callback
): Promise<Page> {
  const start = await visitor.request(path)
  const callback = await passProvider(start.headers.get('location')!, visitor.base)
  return visitor.get(change(callback))
}
