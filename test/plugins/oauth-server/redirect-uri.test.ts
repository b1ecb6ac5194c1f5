import fc from 'fast-check'
import t from 'tap'
import {
  isRegisteredRedirectUri,
  isSameRedirectUri,
  redirectUriFault
} from '../../../plugins/oauth-server/authorize/redirect-uri.ts'

const registered = [
  'https://good.example/cb?a=1&b=2',
  'http://localhost/callback',
  'http://127.0.0.1:33418/',
  'cursor://anysphere.cursor-mcp/oauth/callback'
]

t.test('a registered redirect URI is accepted byte for byte', async (t) => {
  for (const uri of registered) t.ok(isRegisteredRedirectUri(registered, uri), uri)
})

t.test('http loopback may change its port and nothing else', async (t) => {
  for (const uri of [
    'http://localhost:1/callback',
    'http://localhost:65535/callback',
    'http://127.0.0.1:5000/'
  ]) {
    t.ok(isRegisteredRedirectUri(registered, uri), uri)
  }
  for (const uri of [
    'http://localhost:0/callback',
    'http://localhost:65536/callback',
    'http://localhost:080/callback',
    'http://localhost:/callback',
    'http://127.0.0.1:5000/callback',
    'http://localhost:5000/',
    'http://127.0.0.1:5/callback',
    'https://localhost:5000/callback',
    'http://localhost:5000/callback?x=1',
    'http://LOCALHOST:5000/callback'
  ]) {
    t.notOk(isRegisteredRedirectUri(registered, uri), uri)
  }
})

t.test('an http loopback URI matches with and without the slash of its empty path', async (t) => {
  for (const [known, sent] of [
    ['http://127.0.0.1:33418', 'http://127.0.0.1:33418/'],
    ['http://localhost:1/', 'http://localhost:2'],
    ['http://[::1]', 'http://[::1]:5/'],
    ['http://localhost?a=1', 'http://localhost/?a=1']
  ] as const) {
    t.ok(isRegisteredRedirectUri([known], sent), `${known} ${sent}`)
    t.ok(isRegisteredRedirectUri([sent], known), `${sent} ${known}`)
  }
  t.ok(isSameRedirectUri('http://127.0.0.1:33418', 'http://127.0.0.1:33418/'))
  for (const [first, second] of [
    ['http://127.0.0.1:1', 'http://127.0.0.1:2/'],
    ['http://127.0.0.1:1/a', 'http://127.0.0.1:1/a/'],
    ['https://a.example', 'https://a.example/'],
    ['http://127.0.0.1:1', 'http://localhost:1/']
  ] as const) {
    t.notOk(isSameRedirectUri(first, second), `${first} ${second}`)
  }
  t.notOk(
    isRegisteredRedirectUri(['https://a.example'], 'https://a.example/'),
    'of https every byte counts'
  )
})

t.test('near misses are refused', async (t) => {
  for (const uri of [
    'https://good.example/cb?a=1&b=2&c=3',
    'https://good.example/cb?a=1&b=2/../evil',
    'https://good.example/cb',
    'https://good.example/cb?b=2&a=1',
    'https://good.example/cb?a=1&b=2#x',
    'https://good.example:443/cb?a=1&b=2',
    'https://GOOD.example/cb?a=1&b=2',
    'https://good.example./cb?a=1&b=2',
    'http://good.example/cb?a=1&b=2',
    'https://good.example@evil.example/cb?a=1&b=2',
    'https://evil.example\\@good.example/cb?a=1&b=2',
    '//good.example/cb',
    ' https://good.example/cb?a=1&b=2',
    'https://good.example/cb?a=1&b=2\r\nx: y',
    'https://good.example/x/../cb?a=1&b=2'
  ]) {
    t.notOk(isRegisteredRedirectUri(registered, uri), uri)
  }
})

t.test('dangerous ones are refused even when registered', async (t) => {
  for (const uri of [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'blob:https://x',
    'http://evil.example/',
    'http://localhost.evil.example/',
    'http://127.0.0.1@evil.example/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0.0.0.0/',
    'https://*.example/cb',
    'https://a.example/#x',
    'about:blank',
    '/relative',
    'https://user:pass@a.example/'
  ]) {
    t.not(redirectUriFault(uri), undefined, uri)
    t.notOk(isRegisteredRedirectUri([uri], uri), uri)
  }
})

t.test(
  "ChatGPT's pattern matches one last path segment, only where it is registered",
  async (t) => {
    const pattern = ['https://chatgpt.com/connector/oauth/*']
    t.ok(isRegisteredRedirectUri(pattern, 'https://chatgpt.com/connector/oauth/Abc_123-x'))
    for (const uri of [
      'https://chatgpt.com/connector/oauth/',
      'https://chatgpt.com/connector/oauth/a/b',
      'https://chatgpt.com/connector/oauth/a?x=1',
      'https://chatgpt.com/connector/oauth/..',
      'https://chatgpt.com.evil.example/connector/oauth/a',
      'https://chatgpt.com/connector/oauth/*'
    ]) {
      t.notOk(isRegisteredRedirectUri(pattern, uri), uri)
    }
    t.notOk(isRegisteredRedirectUri(registered, 'https://chatgpt.com/connector/oauth/abc'))
  }
)

t.test('only the registered string or its loopback twin is ever accepted', async () => {
  const near = fc
    .constantFrom(...registered)
    .chain((uri) =>
      fc
        .tuple(fc.nat(uri.length), fc.string({ maxLength: 6 }), fc.nat(3))
        .map(([at, text, cut]) => uri.slice(0, at) + text + uri.slice(at + cut))
    )
  fc.assert(
    fc.property(fc.oneof(near, fc.webUrl(), fc.string()), (uri) => {
      const withoutPort = uri.replace(
        /^(http:\/\/(?:localhost|127\.0\.0\.1)):[1-9]\d{0,4}(?=[/?]|$)/,
        '$1'
      )
      const twins = registered
        .filter((known) => known.startsWith('http:'))
        .map((known) => known.replace(/:\d+(?=\/)/, ''))
      const allowed =
        registered.includes(uri) || twins.includes(withoutPort) || twins.includes(`${withoutPort}/`)
      return isRegisteredRedirectUri(registered, uri) ? allowed : true
    }),
    { numRuns: 5000 }
  )
})
