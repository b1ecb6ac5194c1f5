import fc from 'fast-check'
import t from 'tap'
import {
  isRegisteredRedirectUri,
  redirectUriFault
} from '../../../../plugins/oauth-server/authorize/redirect-uri.ts'
import { holds } from './holds.ts'

const loopbackHosts = ['localhost', '127.0.0.1', '127.8.9.10', '[::1]']
const port = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 65535 }).map((number) => `:${number}`)
)
const rest = fc.constantFrom(
  '',
  '/',
  '/callback',
  '/callback/',
  '/callback?a=1',
  '/oauth/callback',
  '/Callback',
  '?a=1'
)
const loopback = fc
  .tuple(fc.constantFrom(...loopbackHosts), port, rest)
  .map(([host, at, path]) => `http://${host}${at}${path}`)
const web = fc
  .tuple(
    fc.constantFrom('client.example', 'client.example.', 'CLIENT.example', 'www.client.example'),
    port,
    rest
  )
  .map(([host, at, path]) => `https://${host}${at}${path}`)
const app = fc
  .tuple(
    fc.constantFrom('cursor', 'com.example.app'),
    fc.constantFrom('://anysphere.cursor-mcp', '://x', ':'),
    rest
  )
  .map((parts) => parts.join(''))
const uri = fc.oneof(loopback, web, app)
const edited = fc
  .tuple(uri, fc.nat(60), fc.string({ maxLength: 4 }), fc.nat(3))
  .map(([text, at, added, cut]) => text.slice(0, at) + added + text.slice(at + cut))

/** The rule told another way, by taking the text apart instead of matching it. */
function twin(text: string): string {
  const host = loopbackHosts.find((name) => text.startsWith(`http://${name}`))
  if (host === undefined) return text
  const after = text.slice(`http://${host}`.length)
  const path = after.startsWith(':') ? after.slice(1).search(/[^0-9]/) : -1
  const digits = !after.startsWith(':') ? '' : path < 0 ? after.slice(1) : after.slice(1, path + 1)
  const valid =
    !after.startsWith(':') || (digits !== '' && !digits.startsWith('0') && Number(digits) <= 65535)
  const rest = after.startsWith(':') ? after.slice(digits.length + 1) : after
  if (!valid || (rest !== '' && !/^[/?]/.test(rest))) return text
  return `http://${host}${rest.startsWith('/') ? rest : `/${rest}`}` // the root with and without its slash is one
}

t.test(
  'a redirect URI is accepted exactly when its bytes are registered, except for the ' +
    'loopback port',
  async (t) => {
    const registered = fc.array(uri, { minLength: 1, maxLength: 4 })
    holds(
      t,
      fc.property(registered, fc.oneof(uri, edited), (known, requestedUri) => {
        const equal = known.some(
          (knownUri) => knownUri === requestedUri || twin(knownUri) === twin(requestedUri)
        )
        return (
          isRegisteredRedirectUri(known, requestedUri) ===
          (equal && redirectUriFault(requestedUri) === undefined)
        )
      }),
      5000
    )
  }
)

t.test('a registered URI is accepted, and a loopback URI with any port', async (t) => {
  holds(
    t,
    fc.property(uri, (known) => isRegisteredRedirectUri([known], known))
  )
  holds(
    t,
    fc.property(
      fc.constantFrom(...loopbackHosts),
      port,
      port,
      rest,
      (host, registeredPort, requestedPort, path) =>
        isRegisteredRedirectUri(
          [`http://${host}${registeredPort}${path}`],
          `http://${host}${requestedPort}${path}`
        )
    )
  )
})

t.test('a URI with a fault is never accepted, registered or not', async (t) => {
  const anything = fc.oneof(
    fc.webUrl({ withFragments: true }),
    fc.string(),
    edited,
    fc
      .tuple(fc.constantFrom('javascript:', 'data:', 'file:///', 'http://'), fc.string())
      .map((parts) => parts.join(''))
  )
  holds(
    t,
    fc.property(
      anything,
      (text) => isRegisteredRedirectUri([text], text) === (redirectUriFault(text) === undefined)
    ),
    3000
  )
})

t.test(
  'a URI without a fault leads to https, loopback or an app, and is safe in a header and a page',
  async (t) => {
    const anything = fc.oneof(
      fc.webUrl({ withQueryParameters: true }),
      fc.string(),
      edited,
      fc.webUrl().map((text) => text.replace(/^https?/, 'HTTP'))
    )
    holds(
      t,
      fc.property(anything, (text) => {
        if (redirectUriFault(text) !== undefined) return true
        const { protocol, hostname, hash, username } = new URL(text)
        return (
          !/[\x00-\x20\x7f\\#*]/.test(text) &&
          hash === '' &&
          username === '' &&
          protocol !== 'javascript:' &&
          (protocol !== 'http:' ||
            loopbackHosts.includes(hostname) ||
            /^127(\.\d+){3}$/.test(hostname))
        )
      }),
      3000
    )
  }
)
