import { generateKeyPair } from 'jose'
import t from 'tap'
import { audited } from '../../cli/audited.ts'
import { codeOf, formIndex, setUpAuthenticator } from '../../support/authenticator.ts'
import {
  passProvider,
  type ProviderPerson,
  PROVIDER_SECRET,
  signInAtProvider,
  startIdentityProvider
} from '../../support/identity-provider.ts'
import { PASSWORD, runService } from '../../support/running.ts'
import { Visitor } from '../../support/visitor.ts'

const provider = await startIdentityProvider(t)
const running = await runService(t, {
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: 'kagura',
  OIDC_CLIENT_SECRET: PROVIDER_SECRET,
  OIDC_NAME: 'Example ID',
  OIDC_ALLOWED_DOMAINS: 'example.org',
  OIDC_ALLOWED_EMAILS: 'guest@example.com'
})
const { db } = running.app
provider.register(running.url)

const newBrowser = () => new Visitor(running.url)
const person = (email: string, more: Partial<ProviderPerson> = {}): ProviderPerson => ({
  sub: crypto.randomUUID(),
  email,
  email_verified: true,
  ...more
})
const isIn = async (visitor: Visitor) => (await visitor.request('/settings')).status === 200
const lastReason = async () => (await audited(db, 'auth.login.failed')).at(-1)?.reason
const identitiesOf = (userId: string) =>
  db.selectFrom('external_identities').selectAll().where('user_id', '=', userId).execute()

/** Links the provider's account to a new person, by their password. */
async function linkedPerson() {
  const user = await running.person()
  provider.person = person(user.email)
  const visitor = newBrowser()
  const page = await signInAtProvider(visitor)
  const signedIn = await visitor.submit(page, { password: PASSWORD })
  return { user, visitor, account: provider.person, signedIn }
}

t.test('an account with the same address is linked once its password is proven', async (t) => {
  const user = await running.person()
  provider.person = person(user.email.toUpperCase())
  const visitor = newBrowser()
  const page = await signInAtProvider(visitor, '/login/oidc?return_to=/settings/security')
  t.match(page.url, /\/login\/oidc\/link$/)
  t.notOk(await isIn(visitor), 'the provider alone opens nothing')
  const refused = await visitor.submit(page, { password: 'not my password' })
  t.equal(refused.status, 401)
  t.same(await identitiesOf(user.user_id), [])
  const thief = newBrowser()
  t.match((await thief.post('/login/oidc/link', { password: PASSWORD })).html, 'Start again')
  const linked = await visitor.submit(refused, { password: PASSWORD })
  t.match(linked.url, /\/settings\/security$/)
  t.match(await identitiesOf(user.user_id), [{ subject: provider.person.sub }])

  const another = newBrowser()
  await signInAtProvider(another)
  t.ok(await isIn(another), 'from then on the provider suffices')
  t.match((await audited(db, 'user.identity_linked')).at(-1), { user_id: user.user_id })
})

t.test('state, nonce, issuer and signature of the answer must be right', async (t) => {
  const { account } = await linkedPerson()
  provider.person = account
  const refused = async (
    reason: string,
    change?: (callback: string) => string,
    visitor = newBrowser()
  ) => {
    const page = await signInAtProvider(visitor, '/login/oidc', change)
    t.equal(page.status, 403, reason)
    t.notOk(await isIn(visitor), reason)
    t.equal(await lastReason(), reason)
  }
  await refused('oidc_wrong_state', (callback) => callback.replace(/state=[^&]+/, 'state=x'))
  await refused('oidc_wrong_issuer', (callback) =>
    callback.replace(/iss=[^&]+/, 'iss=https://evil.test')
  )
  await refused('oidc_wrong_issuer', (callback) => callback.replace(/&?iss=[^&]+/, ''))
  provider.forge = (claims) => ({ ...claims, nonce: 'of another sign-in' })
  await refused('oidc_wrong_nonce')
  provider.forge = (claims) => ({ ...claims, iss: 'https://evil.test' })
  await refused('oidc_wrong_issuer')
  provider.forge = (claims) => ({ ...claims, aud: 'another client' })
  await refused('oidc_wrong_answer')
  provider.forge = undefined
  provider.forgedKey = (await generateKeyPair('RS256')).privateKey
  await refused('oidc_wrong_answer')
  provider.forgedKey = undefined
  provider.denies = true
  await refused('oidc_denied')
  provider.denies = false
})

t.test('an answer counts once, and only in the browser that asked for it', async (t) => {
  const { account } = await linkedPerson()
  provider.person = account
  const [victim, attacker] = [newBrowser(), newBrowser()]
  const start = await attacker.request('/login/oidc')
  const location = start.headers.get('location')!
  t.match(new URL(location).searchParams.get('code_challenge_method'), 'S256')
  const callback = await passProvider(location, running.url)
  t.equal((await victim.get(callback)).status, 403, 'a browser that did not ask')
  await victim.request('/login/oidc')
  t.equal((await victim.get(callback)).status, 403, 'a browser that asked for another answer')
  t.notOk(await isIn(victim))

  const cookies = new Map(attacker.cookies)
  await attacker.get(callback)
  t.ok(await isIn(attacker))
  const copy = newBrowser()
  for (const [name, value] of cookies) copy.cookies.set(name, value)
  t.equal((await copy.get(callback)).status, 403, 'it was used before')
  t.notOk(await isIn(copy))
})

t.test('only verified addresses that the settings allow come in', async (t) => {
  const refused = async (reason: string, candidate: ProviderPerson) => {
    provider.person = candidate
    const visitor = newBrowser()
    t.equal((await signInAtProvider(visitor)).status, 403, reason)
    t.equal(await lastReason(), reason)
    t.notOk(await isIn(visitor))
  }
  const { email } = await running.person()
  await refused('oidc_email_unverified', person(email, { email_verified: false }))
  await refused('oidc_email_unverified', { sub: crypto.randomUUID(), email })
  await refused('oidc_no_email', { sub: crypto.randomUUID(), email_verified: true })
  const outsider = await running.person('outsider@example.com')
  await refused('oidc_email_denied', person(outsider.email))
  await refused('oidc_email_denied', person('ada@example.org.evil.test'))
  await refused('oidc_no_account', person('stranger@example.org'))
  await running.person('guest@example.com')
  provider.person = person('guest@example.com')
  t.equal((await signInAtProvider(newBrowser())).status, 200)

  const { user, account } = await linkedPerson()
  await refused('oidc_email_denied', { ...account, email: 'moved@example.net' })
  await refused('oidc_subject_changed', person(user.email))
  t.match(await identitiesOf(user.user_id), [{ subject: account.sub }])
  await db
    .updateTable('users')
    .set({ disabled_at: new Date() })
    .where('user_id', '=', user.user_id)
    .execute()
  provider.person = account
  t.match((await signInAtProvider(newBrowser())).html, 'Your account is disabled')
})

t.test('the second factor is asked for after the provider too', async (t) => {
  const { user, visitor, account } = await linkedPerson()
  const { secret } = await setUpAuthenticator(visitor)
  provider.person = account
  const another = newBrowser()
  const page = await signInAtProvider(another)
  t.match(page.url, /\/login\/second-factor$/)
  t.notOk(await isIn(another))
  await another.submit(page, { code: codeOf(secret, 1) })
  t.ok(await isIn(another))
  t.match((await audited(db, 'auth.login.succeeded')).at(-1), {
    user_id: user.user_id,
    details: { method: 'provider_and_code' }
  })
})

t.test('a signed-in person links, proves by, and unlinks the provider', async (t) => {
  const { email, user_id: userId } = await running.person()
  const visitor = await running.signedIn(email)
  provider.person = person(`work-${email}`)
  const forged = await visitor.get('/login/oidc?purpose=link&token=x')
  t.equal(forged.status, 403, 'another site cannot start it')
  const page = await visitor.get('/settings/security')
  const [, href = ''] = /href="(\/login\/oidc\?purpose=link[^"]+)"/.exec(page.html) ?? []
  const linked = await signInAtProvider(visitor, href.replaceAll('&amp;', '&'))
  t.match(linked.html, 'Example ID is linked')
  t.match(await identitiesOf(userId), [{ subject: provider.person.sub }])

  await db
    .updateTable('sessions')
    .set({ authenticated_at: new Date(Date.now() - 3600_000) })
    .where('user_id', '=', userId)
    .execute()
  const remove = '/settings/security/provider/remove'
  const question = await visitor.get(remove)
  t.match(question.html, /href="(\/login\/oidc\?[^"]+purpose=reauthenticate)"/)
  const again = `/login/oidc?purpose=reauthenticate&return_to=${remove}`
  const { account } = { account: provider.person }
  provider.person = person(`stranger-${email}`)
  t.equal((await signInAtProvider(visitor, again)).status, 403, 'another account proves nothing')
  t.match((await visitor.get(remove)).url, /reauthenticate/)
  provider.person = account
  const proven = await signInAtProvider(visitor, again)
  t.match(proven.url, /provider\/remove$/)
  const unlinked = await visitor.submit(proven, {}, formIndex(proven, remove))
  t.match(unlinked.html, 'Example ID is unlinked')
  t.same(await identitiesOf(userId), [])
})

t.test(
  'by settings the provider makes accounts, and opens those with the same address',
  async (t) => {
    const { rules } = running.app.oidc
    t.teardown(() => Object.assign(rules, { signUp: false, linkByEmail: false }))
    Object.assign(rules, { signUp: true, linkByEmail: true })
    provider.person = person('newcomer@example.org', { name: 'New Comer' })
    const visitor = newBrowser()
    await signInAtProvider(visitor)
    t.ok(await isIn(visitor))
    const [created] = await audited(db, 'user.created')
    t.match(created, { reason: 'oidc_sign_up', details: { email: 'newcomer@example.org' } })
    const remove = '/settings/security/provider/remove'
    const question = await visitor.get(remove)
    const kept = await visitor.submit(question, {}, formIndex(question, remove))
    t.equal(kept.status, 409)
    t.match(kept.html, 'This is your only way to sign in')

    const { email } = await running.person()
    provider.person = person(email)
    const linked = newBrowser()
    await signInAtProvider(linked)
    t.ok(await isIn(linked))
  }
)

t.test('the provider may be private, and nothing else', async (t) => {
  const options = { maxBytes: 1e6, timeoutMs: 5000, operatorOrigin: provider.issuer }
  const answer = await running.app.guardedFetch(`${provider.issuer}/jwks`, options)
  t.equal(answer.status, 200)
  const { port } = new URL(provider.issuer)
  for (const [url, reason] of [
    [`http://localhost:${port}/jwks`, 'bad_scheme'],
    [`https://127.0.0.1:${port}/jwks`, 'bad_port'],
    ['https://127.0.0.1/jwks', 'not_public']
  ] as const) {
    const refusal = await running.app.guardedFetch(url, options).catch((error) => error)
    t.equal(refusal.reason, reason, url)
  }
})
