import fc from 'fast-check'
import t from 'tap'
import { redactSecrets } from '../../lib/secret-patterns.ts'
import { redactArguments, redactText } from '../../plugins/tool-calls/redaction.ts'
import { holds } from './oauth-server/properties/holds.ts'

t.test('secrets do not stay in what is noted of a call', async (t) => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'
  const texts = {
    'my key is kagura_0123456789abcdefghij0123456789abcdefghij': 'my key is [redacted]',
    'token kga_0123456789abcdefghijklmnop, and kgr_0123456789abcdefghijklmnop':
      'token [redacted], and [redacted]',
    'sk-proj-0123456789abcdefABCDEF and sk_live_0123456789abcdef': '[redacted] and [redacted]',
    'ghp_0123456789abcdefghijABCDEFGHIJ012345 github_pat_0123456789abcdefghij_A':
      '[redacted] [redacted]',
    'AKIAIOSFODNN7EXAMPLE xoxb-123456789012-abcdef': '[redacted] [redacted]',
    [`Authorization: Bearer ${jwt}`]: 'Authorization: Bearer [redacted]',
    'postgres://ada:hunter22@db.example/x': 'postgres://ada:[redacted]@db.example/x',
    'the password is hunter22, remember it': 'the password is [redacted], remember it',
    'API_KEY="abc123def456"': 'API_KEY="[redacted]"',
    'pin: 4711': 'pin: [redacted]',
    'DB_PASSWORD=hunter2222 aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG"':
      'DB_PASSWORD=[redacted] aws_secret_access_key = "[redacted]"',
    'SG.0123456789abcdefgh.0123456789abcdefgh https://hooks.slack.com/services/T0/B0/0123456789abcde':
      '[redacted] https://[redacted]',
    'Cookie: session=0123456789; a=b\nnext': 'Cookie: [redacted]\nnext',
    'primary_key: customer_number': 'primary_key: customer_number',
    'a key ---\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END': 'a key ---\n[redacted]',
    'no secrets here: passengers keep tokenizing the compass':
      'no secrets here: passengers keep tokenizing the compass'
  }
  for (const [text, kept] of Object.entries(texts)) t.equal(redactText(text), kept)
})

t.test('a long text keeps everything but its secrets, in linear time', async (t) => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----'
  const prose = 'Nothing to hide. '.repeat(1000)
  t.equal(redactSecrets(`${prose}${key}\n${prose}`), `${prose}[redacted]\n${prose}`)
  for (const unit of [
    '-----BEGIN PRIVATE KEY-----',
    'a:',
    '://a:b',
    'password: ',
    '_key=',
    'cookie: ',
    'x',
    'eyJa.'
  ]) {
    const started = performance.now()
    redactSecrets(unit.repeat(Math.ceil(1_000_000 / unit.length)))
    t.ok(performance.now() - started < 2000, unit)
  }
})

t.test('what stands under a telling name is not noted, however deep', async (t) => {
  t.same(
    redactArguments({
      password: 'hunter22',
      user_id: 'u',
      key: 'plan',
      value: 'v',
      max_tokens: 500,
      headers: { Authorization: 'x', accept: 'y' },
      list: [{ apiKey: 'z', pin: 4711, secret_tags: ['a'] }]
    }),
    {
      password: '[redacted]',
      key: 'plan',
      value: 'v',
      max_tokens: 500,
      headers: { Authorization: '[redacted]', accept: 'y' },
      list: [{ apiKey: '[redacted]', pin: '[redacted]', secret_tags: '[redacted]' }]
    }
  )
  t.same(redactArguments({ key: 'wifi_password', value: 'hunter22', tags: ['home'] }), {
    key: 'wifi_password',
    value: '[redacted]',
    tags: ['home']
  })
  for (const key of ['compass', 'passengers', 'spinning', 'keyboard', 'author']) {
    t.match(redactArguments({ key, value: 'v' }), { value: 'v' })
  }
})

t.test('long values are cut, never within a character', async (t) => {
  t.equal(redactText('x'.repeat(1000)), `${'x'.repeat(200)}… (800 more characters)`)
  t.equal(redactText(`${'x'.repeat(199)}😀 and more`), `${'x'.repeat(199)}… (11 more characters)`)
  const kept = redactArguments({
    content: 'x'.repeat(1_000_000),
    list: Array.from({ length: 1000 }, () => 'y'.repeat(1000)),
    short: 1
  })
  t.ok(JSON.stringify(kept).length < 1000)
  t.match(kept, { short: 1 })
})

t.test('whatever a caller sends, what is kept is small JSON that a database takes', async (t) => {
  holds(
    t,
    fc.property(fc.anything({ withNullPrototype: true, maxDepth: 6 }), (args) => {
      const text = JSON.stringify(redactArguments(JSON.parse(JSON.stringify(args) ?? 'null')))
      return (
        text.length < 10_000 &&
        !text.includes('\\u0000') &&
        !/\p{Surrogate}|\\ud[89a-f]/u.test(text)
      )
    })
  )
})

t.test('texts that are made to be searched for long are not', async (t) => {
  const texts = ['is' + ' '.repeat(998), ' '.repeat(1000), ':' + ' '.repeat(999)].map((text) =>
    text.repeat(2)
  )
  const args = {
    list: Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        `n${i}`,
        Array.from({ length: 20 }, () => texts[i % 3])
      ])
    )
  }
  const began = performance.now()
  redactArguments(args)
  t.ok(performance.now() - began < 1000, `${performance.now() - began} ms`) // took 3 s
})
