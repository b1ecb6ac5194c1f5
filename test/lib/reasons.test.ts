import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { allReasons } from '../../lib/reasons/index.ts'
import { projectFiles, root } from '../support/sources.ts'

/**
 * Places of a slug: as `reason`, as argument of a function that refuses, or as an OAuth error,
 * whose code is the reason by default.
 */
const places = [
  /\breason\b(?::| =| \?)([^\n]*)/gi,
  /\b(?:invalid\w*|wrong\w*|refus(?:al|ed?)\w*|unauthenticated|revokeGrants?|fault)\(([^\n]*)/g,
  /new (?:OAuthError|AuthorizationError|UnusableRequestUriError)\(([^\n]*)/g
]

/** Returns every reason in the sources with a file that contains it. */
function slugs(): Map<string, string> {
  const fileOfSlug = new Map(
    ['unknown', 'revoked', 'expired', 'disabled', 'audience'].map((fate) => [
      `token_${fate}`,
      'plugins/auth/credential.ts'
    ])
  )
  for (const file of projectFiles().filter(
    (file) => /^(plugins|routes|cli)\/.*\.ts$/.test(file) && !file.startsWith('plugins/reasons/')
  )) {
    const text = readFileSync(join(root, file), 'utf8')
    for (const [, word] of text.matchAll(/\breason: '([a-z]+)'/g)) fileOfSlug.set(word!, file)
    for (const place of places) {
      for (const [, rest] of text.matchAll(place)) {
        for (const [, slug] of rest!.matchAll(/'([a-z]+(?:_[a-z0-9]+)+)'/g)) {
          fileOfSlug.set(slug!, file)
        }
      }
    }
  }
  for (const column of notReasons) fileOfSlug.delete(column)
  return fileOfSlug
}

/**
 * Other words on such lines: columns, parameters, grants, and errors that carry a reason of their
 * own.
 */
const notReasons = [
  'client_id',
  'redirect_uri',
  'request_uri',
  'grant_type',
  'refresh_token',
  'authorization_code',
  'client_secret',
  'code_verifier',
  'user_id',
  'grant_id',
  'use_dpop_nonce',
  'invalid_dpop_proof'
]

t.test('every reason in the sources has its explanation', async (t) => {
  const fileOfSlug = slugs()
  t.ok(fileOfSlug.size > 60, `${fileOfSlug.size} are found`)
  t.same(
    [...fileOfSlug]
      .filter(([slug]) => !(slug in allReasons))
      .map(([slug, file]) => `${slug} (${file})`),
    []
  )
})

t.test('each explanation is two whole sentences: what happened, and what to do', async (t) => {
  for (const [slug, { why, fix }] of Object.entries(allReasons)) {
    for (const sentence of [why, fix]) t.match(sentence, /^[A-Z][^\n]{15,240}\.$/, slug)
    t.not(why, fix, slug)
  }
})
