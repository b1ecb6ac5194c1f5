import t, { type Test } from 'tap'
import type { Db } from '../../db/connection/connect.ts'
import { verifyPassword } from '../../lib/passwords.ts'
import { secretDigest } from '../../lib/secrets.ts'
import { findSession, issueSession } from '../../db/people/sessions.ts'
import { findAccountLink } from '../../db/people/account-links.ts'
import { findUserByEmail, insertUser } from '../../db/people/users.ts'
import { acceptPasswordReset } from '../../domain/people/administration.ts'
import {
  emptySettings,
  freshSettings,
  openDatabase,
  openSettings,
  type Settings,
  spawnService
} from '../support/helper.ts'
import { noteSecret } from '../support/secret-scan.ts'
import { audited } from './audited.ts'
import { kagura, kaguraJson, refuses } from './command.ts'

t.test('on a new machine user create works before the first start of the server', async (t) => {
  const settings = await emptySettings(t)
  const made = await kaguraJson(settings, [
    'user',
    'create',
    '--email',
    'Ada@example.com',
    '--role',
    'admin',
    '--name',
    'Ada L.'
  ])
  t.same(Object.keys(made), ['user_id', 'email', 'role', 'password'])
  t.match(made, { email: 'Ada@example.com', role: 'admin', password: /^[\w-]{20}$/ })

  const { db, close } = await openSettings(settings)
  t.teardown(close)
  const user = await findUserByEmail(db, 'ada@example.com')
  t.match(user, { user_id: made.user_id, name: 'Ada L.', role: 'admin' })
  t.ok(await verifyPassword(user?.password_hash, made.password))
  const rows = await audited(db, 'user.')
  t.match(rows, [{ action: 'user.created', user_id: made.user_id, details: { by: 'command' } }])
  t.equal(rows.length, 1)
  t.notMatch(JSON.stringify(rows), made.password)
})

t.test('without an administrator user create says how to make one', async (t) => {
  const settings = await emptySettings(t)
  t.match(
    (await kagura(settings, ['user', 'create', '--email', 'bob@example.com'])).stdout,
    /no administrator yet\. .*: npx kagura user set-role bob@example\.com --role admin\n/
  )
  t.match(await kaguraJson(settings, ['user', 'set-role', 'BOB@example.com', '--role', 'admin']), {
    email: 'bob@example.com',
    role: 'admin'
  })
  t.notMatch(
    (await kagura(settings, ['user', 'create', '--email', 'eve@example.com'])).stdout,
    /no administrator/
  )
  await refuses(
    t,
    settings,
    ['user', 'set-role', 'dan@example.com', '--role', 'user'],
    /no user "dan@example\.com"/
  )
  await refuses(
    t,
    settings,
    ['user', 'set-role', 'eve@example.com', '--role', 'boss'],
    /Allowed choices are admin, user, read_only/,
    { code: 2 }
  )
  const { db, close } = await openSettings(settings)
  t.teardown(close)
  t.match(
    (await audited(db, 'user.role_changed')).map(({ details }) => details),
    [{ from: 'user', to: 'admin' }]
  )
})

/** Signs bob in on the running server. */
async function checkSignIn(t: Test, url: string, password: string): Promise<void> {
  const form = new URLSearchParams({ email: 'bob@example.com', password })
  const answer = await fetch(`${url}/login`, {
    method: 'POST',
    body: form,
    redirect: 'manual',
    headers: { origin: url }
  })
  t.equal(
    answer.status,
    303,
    'the running server accepts the new password at once, despite earlier guesses'
  )
}

/** Bob, who exists, gets a session. */
async function signInBob(db: Db): Promise<string> {
  const bob = await findUserByEmail(db, 'bob@example.com')
  return (await issueSession(db, bob!, { days: 1, ip_address: '::1', user_agent: null }))!
}

/** Leaves bob enabled, in the time zone Asia/Tokyo. */
async function checkDisabling(t: Test, db: Db, settings: Settings, userId: string): Promise<void> {
  const run = (...args: string[]) => kaguraJson(settings, args)
  const session = await signInBob(db)
  t.match(await run('user', 'disable', 'BOB@example.com', '--yes'), {
    user_id: userId,
    disabled_at: /^\d{4}-/
  })
  await run('user', 'disable', 'bob@example.com', '--yes')
  t.match(await run('user', 'set-timezone', 'bob@example.com', 'asia/tokyo'), {
    timezone: 'Asia/Tokyo'
  })
  t.match(await run('user', 'enable', 'bob@example.com'), { disabled_at: null })
  t.notOk(await findSession(db, session, 1), 'disabling ended the session')
}

/** Returns bob's new password, which is made after many guesses at the old one. */
async function checkPasswordReset(
  t: Test,
  db: Db,
  settings: Settings,
  userId: string
): Promise<string> {
  const session = await signInBob(db)
  await db
    .insertInto('attempts')
    .values(
      [`account ${userId}`, 'address 127.0.0.1'].map((subject) => ({
        subject_hash: secretDigest(subject),
        attempts: 500
      }))
    )
    .execute()
  const reset = await kaguraJson(settings, ['user', 'reset-password', 'bob@example.com'])
  t.same(Object.keys(reset), ['user_id', 'email', 'role', 'password'])
  t.notOk(await findSession(db, session, 1))
  return reset.password
}

t.test(
  'beside a running server users are created, disabled, enabled and get new passwords',
  async (t) => {
    const opened = await openDatabase(t)
    await opened.close()
    const { url } = await spawnService(t, opened.settings)
    const { db, close } = await openSettings(opened.settings, { beside: true })
    t.teardown(close)

    const bob = await kaguraJson(
      opened.settings,
      ['user', 'create', '--email', 'bob@example.com', '--password-stdin'],
      'correct horse\nbattery\n'
    )
    t.same(bob, { user_id: bob.user_id, email: 'bob@example.com', role: 'user' })
    t.ok(
      await verifyPassword(
        (await findUserByEmail(db, 'bob@example.com'))?.password_hash,
        'correct horse'
      )
    )

    await checkDisabling(t, db, opened.settings, bob.user_id)
    const password = await checkPasswordReset(t, db, opened.settings, bob.user_id)
    await checkSignIn(t, url, password)

    await refuses(
      t,
      opened.settings,
      ['user', 'create', '--email', 'bob@EXAMPLE.com', '--json'],
      /bob@EXAMPLE\.com.*taken/
    )
    await refuses(
      t,
      opened.settings,
      ['user', 'disable', 'eve@example.com'],
      /no user "eve@example\.com".*kagura user list/
    )
    const { users } = await kaguraJson(opened.settings, ['user', 'list'])
    t.match(users, [
      { email: 'bob@example.com', role: 'user', disabled_at: null, timezone: 'Asia/Tokyo' }
    ])
    t.notMatch(JSON.stringify(users), 'argon2')
    const userList = await kagura(opened.settings, ['user', 'list'])
    t.match(userList.stdout, /^EMAIL +NAME +ROLE +STATE.*\nbob@example\.com +user +enabled/)
    t.same(
      (await audited(db, 'user.')).map(({ action, details }) => [action, details['by']]),
      [
        'user.created',
        'user.disabled',
        'user.timezone_changed',
        'user.enabled',
        'user.password_reset'
      ].map((action) => [action, 'command'])
    )
  }
)

/** The token of a printed link to this page. */
function tokenOf(url: string, page: string): string {
  const start = `https://memory.example.org/${page}?token=`
  if (!url.startsWith(start)) throw new Error(`Not a link to ${page}: ${url}`)
  return noteSecret('a one-time link', url.slice(start.length))
}

t.test('user invite prints a link once, and only the last one works', async (t) => {
  const settings = { ...(await freshSettings(t)), PUBLIC_URL: 'https://memory.example.org/' }
  const { db, close } = await openSettings(settings, { beside: true })
  t.teardown(close)
  const invite = ['user', 'invite', 'Eve@example.com']
  const text = (await kagura(settings, invite)).stdout
  t.match(text, /^Invited Eve@example\.com with the role user\..*once\.\n.*shown once/)
  t.match(text, /Expires: +\d{4}-\d\d-\d\d \d\d:\d\d UTC\n/)
  const formerToken = tokenOf(/https:\S+/.exec(text)![0], 'invite')

  const invited = await kaguraJson(settings, [...invite, '--role', 'read_only'])
  t.same(Object.keys(invited), ['email', 'role', 'url', 'expires_at'])
  const hours = (new Date(invited.expires_at).getTime() - Date.now()) / 3600_000
  t.ok(hours > 23 && hours < 25, `${hours} hours`)
  const token = tokenOf(invited.url, 'invite')
  const stored = { email: 'Eve@example.com', role: 'read_only' }
  t.match(invited, stored)
  t.equal(await findAccountLink(db, formerToken, 'invitation'), undefined)
  const rows = await audited(db, 'user.')
  t.match(rows, [
    { action: 'user.invited', details: { by: 'command', role: 'user' } },
    { action: 'user.invited', details: { by: 'command', role: 'read_only' } }
  ])
  t.notOk([token, formerToken].some((secret) => JSON.stringify(rows).includes(secret)))
  await insertUser(db, { email: 'ada@example.com', role: 'user', password_hash: null })
  await refuses(t, settings, ['user', 'invite', 'ADA@example.com'], /taken.*user reset-link/)
  await refuses(t, settings, ['user', 'invite', 'ada@example'], /not a valid email address/)
  await refuses(t, { ...settings, PUBLIC_URL: '', PORT: '0' }, invite, /Set PUBLIC_URL/)
  t.match(await findAccountLink(db, token, 'invitation'), stored, 'no refusal replaces the link')
})

t.test('user reset-link prints a link once, which sets the password once', async (t) => {
  const settings = { ...(await freshSettings(t)), PUBLIC_URL: 'https://memory.example.org/' }
  const { db, close } = await openSettings(settings, { beside: true })
  t.teardown(close)
  const email = 'Ada@example.com'
  const ada = (await insertUser(db, { email, role: 'user', password_hash: 'former' }))!
  const command = ['user', 'reset-link', 'ada@example.com']
  const local = await kagura({ ...settings, PUBLIC_URL: '', PORT: '4321' }, command)
  t.match(local.stdout, /^Ada@example\.com can choose .*on this computer only/)
  const formerToken = /http:\/\/localhost:4321\/reset\?token=(\S+)/.exec(local.stdout)![1]!
  const link = await kaguraJson(settings, command)
  t.same(Object.keys(link), ['email', 'url', 'expires_at'])
  t.equal(link.email, email)
  const token = tokenOf(link.url, 'reset')
  t.equal((await findUserByEmail(db, ada.email))?.password_hash, 'former', 'it works until then')

  const accept = (secret: string) =>
    acceptPasswordReset(db, secret, 'chosen', (action, event) => ({ ...event, action }))
  t.equal(await accept(formerToken), undefined, 'an earlier link does not work')
  t.match(await accept(token), { user_id: ada.user_id, password_hash: 'chosen' })
  t.equal(await accept(token), undefined)
  const rows = await audited(db, 'user.reset_link')
  t.match(rows, [{ user_id: ada.user_id, details: { by: 'command' } }, {}])
  t.notOk([token, formerToken].some((secret) => JSON.stringify(rows).includes(secret)))
  await refuses(t, settings, ['user', 'reset-link', 'bob@example.com'], /no user "bob@/)
})

t.test(
  'invalid email addresses, names and passwords are refused before the database is opened',
  async (t) => {
    const settings = { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' }
    const create = ['user', 'create', '--email']
    await refuses(t, settings, [...create, 'nobody'], /"nobody" is not a valid email address/)
    await refuses(
      t,
      settings,
      [...create, `${'x'.repeat(100_000)}@example.com`],
      /not a valid email address/
    )
    await refuses(t, settings, [...create, 'a@b.c', '--name', 'x'.repeat(201)], /1 to 200/)
    await refuses(
      t,
      settings,
      [...create, 'a@b.c', '--timezone', 'Berln'],
      /Berln.*not a time zone\. Did you mean Europe\/Berlin\?/
    )
    await refuses(t, settings, [...create, 'a@b.c', '--password-stdin'], /at least 8/, {
      input: 'seven77\nmore than eight\n'
    })
    await refuses(t, settings, [...create, 'a@b.c', '--password-stdin'], /at least 8/)
    await refuses(t, settings, [...create, 'ada@example'], /not a valid email address/)
    await refuses(t, settings, [...create, 'a@b.c', '--password-stdin'], /too common/, {
      input: 'Passw0rd!\n'
    })
    await refuses(t, settings, [...create, 'a@b.c', '--password-stdin'], /up to 1024/, {
      input: 'x'.repeat(1025)
    })
  }
)
