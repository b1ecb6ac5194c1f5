import t from 'tap'
import { secretDigest } from '../../../lib/secrets.ts'
import { audited } from '../../cli/audited.ts'
import { kaguraJson } from '../../cli/command.ts'
import { codeOf, formIndex, rewindCodes, setUpAuthenticator } from '../../support/authenticator.ts'
import { PASSWORD, runService } from '../../support/running.ts'
import { type Page, Visitor } from '../../support/visitor.ts'

const running = await runService(t)
const { db } = running.app

/** A person with an authenticator app. */
async function personWithApp() {
  const user = await running.person()
  const visitor = await running.signedIn(user.email)
  return { user, visitor, ...(await setUpAuthenticator(visitor)) }
}

/** A new browser after the password: the page that asks for the code. */
async function afterPassword(email: string, returnTo = '/settings/security') {
  const visitor = new Visitor(running.url)
  const login = await visitor.get(`/login?return_to=${encodeURIComponent(returnTo)}`)
  const page = await visitor.submit(login, { email, password: PASSWORD })
  return { visitor, page }
}

const sessionsOf = async (userId: string) =>
  (await db.selectFrom('sessions').select('session_hash').where('user_id', '=', userId).execute())
    .length
const isIn = async (visitor: Visitor) =>
  (await visitor.request('/settings/security')).status === 200
const forgetGuesses = (userId: string) =>
  db
    .deleteFrom('attempts')
    .where('subject_hash', '=', secretDigest(`code ${userId}`))
    .execute()

t.test('the password alone starts no session where a second factor is set up', async (t) => {
  const { user, secret, codes } = await personWithApp()
  t.equal(codes.length, 10)
  t.equal(new Set(codes).size, 10)
  const before = await sessionsOf(user.user_id)
  const { visitor, page } = await afterPassword(user.email)
  t.match(page.url, /\/login\/second-factor$/)
  t.match(page.html, 'Enter your code')
  t.equal(await sessionsOf(user.user_id), before)
  t.notOk([...visitor.cookies.keys()].some((name) => name.endsWith('session')))
  t.notOk(await isIn(visitor))

  const planted = new Visitor(running.url)
  planted.cookies.set('kagura_session', visitor.cookies.get('kagura_factor')!)
  t.notOk(await isIn(planted), 'the pending sign-in is no session')
  const signedIn = await visitor.submit(page, { code: codeOf(secret, 1) })
  t.equal(signedIn.status, 200)
  t.match(signedIn.url, /\/settings\/security$/)
  t.equal(await sessionsOf(user.user_id), before + 1)
  const [entry] = (await audited(db, 'auth.login.succeeded')).slice(-1)
  t.match(entry, { user_id: user.user_id, details: { method: 'password_and_code' } })
})

t.test('a code counts once, also when it comes twice at the same instant', async (t) => {
  const { user, secret } = await personWithApp()
  const code = codeOf(secret, 1)
  const browsers = await Promise.all([1, 2, 3].map(() => afterPassword(user.email)))
  const answers = await Promise.all(
    browsers.slice(0, 2).map(({ visitor, page }) => visitor.submit(page, { code }))
  )
  t.same(answers.map(({ status }) => status).sort(), [200, 401])
  const replayed = await browsers[2]!.visitor.submit(browsers[2]!.page, { code })
  t.equal(replayed.status, 401)
  t.match(replayed.html, 'This code was used already')
  const earlier = await browsers[2]!.visitor.submit(replayed, { code: codeOf(secret) })
  t.equal(earlier.status, 401, 'a code of an earlier step counts no more')
  t.match((await audited(db, 'auth.login.failed')).at(-1), { reason: 'used_code' })
})

t.test('a recovery code counts once, and only for its owner', async (t) => {
  const [ada, bob] = [await personWithApp(), await personWithApp()]
  const typed = ada.codes[3]!.toUpperCase().replaceAll('-', ' ')
  const his = await afterPassword(bob.user.email)
  t.equal((await his.visitor.submit(his.page, { code: typed })).status, 401)
  const first = await afterPassword(ada.user.email)
  t.equal((await first.visitor.submit(first.page, { code: typed })).status, 200)
  t.match(await audited(db, 'user.recovery_code_used'), [{ user_id: ada.user.user_id }])
  const again = await afterPassword(ada.user.email)
  t.equal((await again.visitor.submit(again.page, { code: typed })).status, 401)
  t.match((await ada.visitor.get('/settings/security')).html, '9 recovery codes left')

  const page = await ada.visitor.get('/settings/security/recovery-codes')
  t.notMatch(page.html, ada.codes[0], 'they are shown once')
  const renewed = await ada.visitor.submit(
    page,
    {},
    formIndex(page, '/settings/security/recovery-codes')
  )
  t.match(renewed.html, /id="codes"><code>([a-z2-7-]{19}\n?){10}</)
  const former = await afterPassword(ada.user.email)
  t.equal((await former.visitor.submit(former.page, { code: ada.codes[0]! })).status, 401)
})

t.test('guesses at the code are slowed down for the account, whatever the browser', async (t) => {
  const { user, secret } = await personWithApp()
  const guess = async (code: string) => {
    const { visitor, page } = await afterPassword(user.email)
    return visitor.submit(page, { code })
  }
  const statuses: number[] = []
  for (let i = 0; i < 5; i++) statuses.push((await guess(`00000${i}`)).status)
  t.same(statuses, [401, 401, 401, 401, 401])
  const throttled = await guess(codeOf(secret, 1))
  t.equal(throttled.status, 429)
  t.match(throttled.html, /Too many attempts\. Wait \d+ seconds/)
  t.ok(Number(throttled.headers.get('retry-after')) > 0)
  await forgetGuesses(user.user_id)
  t.equal((await guess(codeOf(secret, 1))).status, 200)
})

t.test('a pending sign-in ends with the password, the account, and its use', async (t) => {
  const { user, secret, visitor: owner } = await personWithApp()
  const isRefused = async (
    { visitor, page }: { visitor: Visitor; page: Page },
    message: string
  ) => {
    await rewindCodes(db, user.user_id)
    await forgetGuesses(user.user_id)
    const answer = await visitor.submit(page, { code: codeOf(secret) })
    t.match(answer.html, 'Your sign-in took too long. Start again.', message)
    t.notOk(await isIn(visitor), message)
  }
  const used = await afterPassword(user.email)
  const copy = new Visitor(running.url)
  for (const [name, value] of used.visitor.cookies) copy.cookies.set(name, value)
  t.equal((await used.visitor.submit(used.page, { code: codeOf(secret, 1) })).status, 200)
  await isRefused({ visitor: copy, page: used.page }, 'it was completed')

  const foreign = await afterPassword(user.email)
  await isRefused({ ...foreign, page: used.page }, 'the form is of another sign-in')

  const changing = await afterPassword(user.email)
  const users = db.updateTable('users').where('user_id', '=', user.user_id)
  const { password_hash } = await db
    .selectFrom('users')
    .select('password_hash')
    .where('user_id', '=', user.user_id)
    .executeTakeFirstOrThrow()
  await users.set({ password_hash: 'another' }).execute()
  await isRefused(changing, 'the password was changed')
  await users.set({ password_hash, disabled_at: new Date() }).execute()
  await isRefused(changing, 'the account is disabled')
  await users.set({ disabled_at: null }).execute()

  const old = await afterPassword(user.email)
  const sealed = running.app.seal.decrypt(
    'cookie factor',
    '',
    old.visitor.cookies.get('kagura_factor')!
  )
  const content = { ...JSON.parse(sealed!), sealed_at: Date.now() - 301_000 }
  const expired = running.app.seal.encrypt('cookie factor', '', JSON.stringify(content))
  old.visitor.cookies.set('kagura_factor', expired)
  await isRefused(old, 'it is older than five minutes')

  const off = await owner.get('/settings/security/authenticator/remove')
  const turnedOff = await owner.submit(
    off,
    {},
    formIndex(off, '/settings/security/authenticator/remove')
  )
  t.match(turnedOff.html, 'The second factor is off.')
  const simple = await afterPassword(user.email)
  t.match(simple.page.url, /\/settings\/security$/)
})

t.test(
  'the second factor is set up and turned off by a recent proof with both factors',
  async (t) => {
    const { user, visitor, secret } = await personWithApp()
    const age = () =>
      db
        .updateTable('sessions')
        .set({ authenticated_at: new Date(Date.now() - 3600_000) })
        .where('user_id', '=', user.user_id)
        .execute()
    const off = await visitor.get('/settings/security/authenticator/remove')
    await age()
    for (const path of [
      '/settings/security/authenticator',
      '/settings/security/authenticator/remove',
      '/settings/security/recovery-codes',
      '/settings/security/passkeys/new'
    ]) {
      t.match((await visitor.get(path)).url, /\/reauthenticate\?return_to=%2Fsettings/, path)
    }
    const action = '/settings/security/authenticator/remove'
    const refused = await visitor.submit(off, {}, formIndex(off, action))
    t.match(refused.url, /\/reauthenticate\?/, 'so does a form that was open before')
    await rewindCodes(db, user.user_id)
    const index = formIndex(refused, '/reauthenticate')
    const withoutCode = await visitor.submit(refused, { current_password: PASSWORD }, index)
    t.equal(withoutCode.status, 401, 'the password alone does not suffice')
    t.match(withoutCode.html, 'id="code-problem"')
    const fields = { current_password: PASSWORD, code: codeOf(secret) }
    const proven = await visitor.submit(withoutCode, fields, index)
    t.match(proven.url, /\/settings\/security$/)
    t.equal((await visitor.get(action)).status, 200)
  }
)

t.test('kagura user reset-second-factor lets a person in who lost the app', async (t) => {
  const { user, visitor, codes } = await personWithApp()
  const pending = await afterPassword(user.email)
  const reset = await kaguraJson(running.settings, ['user', 'reset-second-factor', user.email])
  const { user_id: userId, email } = user
  t.same(reset, { user_id: userId, email, had_app: true, removed_passkeys: 0 })
  t.notOk(await isIn(visitor), 'it ends the sessions')
  const answer = await pending.visitor.submit(pending.page, { code: codes[0]! })
  t.match(answer.html, 'Start again', 'it ends a pending sign-in')
  t.match((await afterPassword(user.email)).page.url, /\/settings\/security$/)
  t.match(await audited(db, 'user.second_factor_reset'), [
    { user_id: userId, details: { by: 'command' } }
  ])
})
