import t from 'tap'
import { consoleScript, stylesheet } from '../../plugins/consent-views/assets.ts'
import { formatsFor } from '../../plugins/consent-views/formats.ts'
import {
  consoleHeaders,
  pageHeaders,
  safeText,
  revealInvisible,
  displayName
} from '../../plugins/consent-views/index.ts'
import { hostile } from '../views/samples/hostile.ts'
import { samples } from '../views/samples/index.ts'
import { viewServer } from '../support/view-server.ts'

const app = await viewServer()
t.teardown(() => app.close())

t.test(
  'a page carries headers against framing, scripts, caching and leaking its address',
  async (t) => {
    const { statusCode, headers } = await app.inject('/sample/login')
    t.equal(statusCode, 200)
    t.match(headers, pageHeaders)
    t.match(
      headers['content-security-policy'],
      new RegExp(
        "^default-src 'none'; style-src 'self'; img-src 'self' data:; " +
          "form-action 'self'; frame-ancestors 'none'; base-uri 'none'$"
      )
    )
    t.match(headers, {
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'x-frame-options': 'DENY'
    })
  }
)

t.test(
  'only the browser may keep a consent page, so that Back shows the form that was sent',
  async (t) => {
    const { headers } = await app.inject('/sample/consent')
    t.match(headers, { ...pageHeaders, 'cache-control': 'private, max-age=0' })
  }
)

for (const [name, { status = 200 }] of Object.entries(samples)) {
  t.test(`${name} is rendered with its status inside the layout`, async (t) => {
    const { statusCode, body } = await app.inject(`/sample/${name}`)
    t.equal(statusCode, status)
    t.match(body, /^<!DOCTYPE html>\n<html lang="en">/)
    t.match(
      body,
      new RegExp(`<link rel="stylesheet" href="${stylesheet.url.replace('?', '\\?')}">`)
    )
    t.equal(body.match(/<h1>/g)?.length, 1)
    t.notMatch(body, /undefined|\[object|NaN|Invalid Date/)
  })
  t.test(
    `${name} holds no inline script and no inline style, whatever the names in it`,
    async (t) => {
      const { body } = await app.inject(`/sample/${name}`)
      t.notMatch(
        body,
        /<script(?! src="\/(console|passkeys)\.js\?v=)|<style|<iframe|<img|<object|<base/i
      )
      const attributes = [...body.matchAll(/<[a-z][^<>]*>/g)].join('')
      t.notMatch(attributes, /\s(on\w+|style)=/)
    }
  )
}

t.test('forms have the names that password managers and outside tests look for', async (t) => {
  const fields = async (name: string) =>
    [
      ...(await app.inject(`/sample/${name}`)).body.matchAll(
        /<(input|button|select|textarea)[^>]*? name="(\w+)"/g
      )
    ].map(([, tag, field]) => `${tag} ${field}`)
  t.same(await fields('login'), ['input return_to', 'input email', 'input password'])
  t.same(await fields('setup'), ['input token', 'input name', 'input email', 'input password'])
  t.same(await fields('consent'), [
    'input form',
    'input scope',
    'input scope',
    'input scope',
    'input scope',
    'input access',
    'input access',
    'input reach',
    'input reach',
    'input namespace',
    'input namespace',
    'input new_namespace',
    'input beyond',
    'button decision',
    'button decision'
  ])
  t.same(await fields('apps-key-form'), [
    'input csrf',
    'input csrf',
    'input form',
    'input name',
    'select days',
    'input scope',
    'input scope',
    'input scope',
    'input scope',
    'input access',
    'input access',
    'input reach',
    'input reach',
    'input namespace',
    'input namespace',
    'input namespace',
    'input new_namespace',
    'input beyond'
  ])
  t.same(await fields('confirm-app'), ['input csrf', 'input csrf', 'input client_id'])
})

t.test('values of the request come back byte for byte in hidden fields, escaped', async (t) => {
  const { body } = await app.inject('/sample/login')
  t.match(body, 'name="return_to" value="/api/v1/oauth/authorize?client_id=x&amp;state=a%26b"')
  const escaped = hostile
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
  t.ok(
    (await app.inject('/sample/consent-hostile')).body.includes(`name="form" value="${escaped}"`)
  )
})
t.test(
  'the stylesheet is kept for ever under its hash and asked for again elsewhere',
  async (t) => {
    const app = await viewServer()
    t.teardown(() => app.close())
    const first = await app.inject(stylesheet.url)
    t.equal(first.headers['content-type'], 'text/css; charset=utf-8')
    t.equal(first.headers['cache-control'], 'public, max-age=31536000, immutable')
    t.same(first.rawPayload, stylesheet.content)
    t.ok(stylesheet.content.length < 30_000, 'pages stay below 60 kB with their style')
    t.equal((await app.inject('/style.css')).headers['cache-control'], 'no-cache')
    t.equal((await app.inject('/style.css?v=older')).headers['cache-control'], 'no-cache')
    const again = await app.inject({
      url: '/style.css',
      headers: { 'if-none-match': `W/"x", ${first.headers.etag}` }
    })
    t.equal(again.statusCode, 304)
    t.equal(again.body, '')
  }
)

t.test(
  'a name from outside loses its control, direction and invisible characters, and its length',
  async (t) => {
    t.equal(displayName('ChatGPT\u202E\u2066\u200B\u200D\u00AD\uFEFF\u0000\u0007'), 'ChatGPT')
    t.equal(displayName(' Two\r\n\t lines\u2028here '), 'Two lines here')
    t.equal(displayName('神楽 Ünïcode 🎐'), '神楽 Ünïcode 🎐')
    t.equal(displayName('\u200B\u3164\u2800 \u202E'), 'Unnamed app')
    t.equal(displayName('', '\u202Ename'), 'name')
    t.equal([...displayName('🎐'.repeat(300))].length, 80)
    t.equal(safeText('a\uD800b'), 'ab', 'a lone surrogate is no character')
    t.equal(revealInvisible('https://x/\u200Bcb\n'), 'https://x/\\u{200B}cb\\u{A}')
  }
)

t.test('only pages of the console may run the one script', async (t) => {
  const signInPage = await app.inject('/sample/login')
  t.notMatch(signInPage.body, /<script/)
  const { body, headers } = await app.inject('/sample/confirm-action')
  t.match(headers, consoleHeaders)
  t.match(headers['content-security-policy'], /; script-src 'self'; connect-src 'self';/)
  t.ok(body.includes(`<script src="${consoleScript.url}" defer></script>`))
  t.equal(body.match(/<script/g)?.length, 1)
  t.same((await app.inject(consoleScript.url)).rawPayload, consoleScript.content)
})

t.test('a page speaks the language that the browser prefers', async (t) => {
  const languageOf = async (header: string) =>
    /<html lang="(..)">/.exec(
      (await app.inject({ url: '/sample/login', headers: { 'accept-language': header } })).body
    )?.[1]
  t.equal(await languageOf('ja'), 'ja')
  t.equal(await languageOf('fr, ja-JP;q=0.8, en;q=0.5'), 'ja')
  t.equal(await languageOf('en-US,ja;q=0.9'), 'en')
  t.equal(await languageOf('ja;q=0, en'), 'en')
  t.equal(await languageOf('fr;q=x,,;'), 'en')
})

t.test('times, numbers and sizes follow the language and the time zone', async (t) => {
  const at = new Date('2026-11-23T18:05:00Z')
  const english = formatsFor('en', 'Europe/Berlin')
  const japanese = formatsFor('ja', 'Asia/Tokyo')
  t.equal(english.formatTime(at).replaceAll('\u00A0', ' '), '23 Nov 2026, 19:05 CET')
  t.match(japanese.formatTime(at), /2026年11月24日.*03:05/)
  t.equal(english.formatNumber(1_234_567), '1,234,567')
  t.same([0, 999, 1234, 5_600_000].map(english.formatBytes), [
    '0 bytes',
    '999 bytes',
    '1.2 kB',
    '5.6 MB'
  ])
  t.equal(japanese.formatAge(new Date(at.getTime() - 120_000), at), '2 分前')
})

t.test('the age of a time is said in words that need no time zone', async (t) => {
  const { formatAge, formatDay } = formatsFor('en', 'UTC')
  const now = new Date('2026-11-23T12:00:00Z')
  const before = (seconds: number) => formatAge(new Date(now.getTime() - seconds * 1000), now)
  t.equal(formatDay(now), '23\u00A0Nov\u00A02026')
  t.same(
    [before(-5), before(59), before(60), before(7199), before(86_400 * 29), before(86_400 * 30)],
    ['just now', 'just now', '1 minute ago', '1 hour ago', '29 days ago', '24\u00A0Oct\u00A02026']
  )
})
