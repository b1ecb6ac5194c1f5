import t from 'tap'
import { secretDigest } from '../../../lib/secrets.ts'
import { PASSWORD, runService } from '../../support/running.ts'
import { Visitor } from '../../support/visitor.ts'

const running = await runService(t, { TRUST_PROXY: '127.0.0.1' })
const { url } = running
const { db } = running.app

/** Signs in from an address, with the cookies of a browser. */
async function attempt(email: string, password: string, from: string, browser = new Visitor(url)) {
  const body = new URLSearchParams({ email, password })
  const headers = { 'x-forwarded-for': from, accept: '*/*' } // a browser would be redirected
  const { status } = await browser.request('/login', { method: 'POST', body, headers })
  return status
}

/** Records this many attempts at once, without the cost of making them. */
async function counted(subject: string, attempts: number): Promise<void> {
  await db
    .insertInto('attempts')
    .values({ subject_hash: secretDigest(subject), attempts })
    .execute()
}

t.test(
  'guesses at one account are slowed down however many addresses they come from',
  async (t) => {
    const ada = await running.person()
    await counted(`account ${ada.user_id}`, 19)
    t.equal(await attempt(ada.email, 'wrong', '192.0.2.1'), 401)
    t.equal(await attempt(ada.email, 'wrong', '192.0.2.2'), 429)
    t.equal(await attempt(ada.email, PASSWORD, '192.0.2.3'), 429)
  }
)

t.test('guesses from one address are slowed down however many accounts they are for', async (t) => {
  await counted('address 198.51.100.7', 99)
  const next = () => attempt(`${crypto.randomUUID()}@example.org`, 'wrong', '198.51.100.7')
  t.same([await next(), await next()], [401, 429])
  const ada = await running.person()
  t.equal(
    await attempt(ada.email, PASSWORD, '198.51.100.8'),
    303,
    'another address is not concerned'
  )
})

t.test(
  'every spelling of one account is one account, also where alphabets fold differently',
  async (t) => {
    const ada = await running.person(`admin-${crypto.randomUUID()}@example.org`)
    const dotted = (text: string) => text.replaceAll('i', '\u0130')
    await counted(`pair ${ada.user_id} 203.0.113.1`, 4)
    t.equal(await attempt(dotted(ada.email), 'wrong', '203.0.113.1'), 401)
    for (const spelling of [ada.email, dotted(ada.email), ` ${ada.email.toUpperCase()} `]) {
      t.equal(await attempt(spelling, PASSWORD, '203.0.113.1'), 429, spelling)
    }
    await counted('pair nobody-i@example.org 203.0.113.2', 4)
    t.equal(await attempt('nobody-i@example.org', 'wrong', '203.0.113.2'), 401)
    t.equal(
      await attempt(dotted('nobody-i@example.org'), 'wrong', '203.0.113.2'),
      429,
      'alike for who does not exist: it does not tell who does'
    )
  }
)

t.test(
  'strangers do not hold up a browser that signed in before; its own guesses are slowed down',
  async (t) => {
    const [ada, bob] = [await running.person(), await running.person()]
    const hers = await running.signedIn(ada.email)
    const his = await running.signedIn(bob.email)
    await hers.request('/logout', { method: 'POST' })
    hers.cookies.delete('kagura_session')
    await counted(`pair ${ada.user_id} 203.0.113.9`, 5)
    t.equal(await attempt(ada.email, PASSWORD, '203.0.113.9'), 429, 'a new browser waits')
    t.equal(
      await attempt(ada.email, PASSWORD, '203.0.113.9', his),
      429,
      'so does that of somebody else'
    )
    const forged = new Visitor(url)
    forged.cookies.set('kagura_browser', hers.cookies.get('kagura_browser')!.replace(/^../, 'ey0'))
    t.equal(await attempt(ada.email, PASSWORD, '203.0.113.9', forged), 429, 'and a changed cookie')
    t.equal(await attempt(ada.email, PASSWORD, '203.0.113.9', hers), 303)

    const seal = running.app.seal.verify<{ browser: string }>(
      'known-browser',
      hers.cookies.get('kagura_browser')!,
      60
    )
    await counted(`browser ${seal!.browser} ${ada.user_id}`, 4)
    t.equal(await attempt(ada.email, 'wrong', '203.0.113.10', hers), 401)
    t.equal(await attempt(ada.email, PASSWORD, '203.0.113.10', hers), 429)
    t.equal(
      await attempt(ada.email, PASSWORD, '203.0.113.11'),
      303,
      'its guesses delay no other browser'
    )
  }
)

t.test(
  'guesses of strangers do not hold up who is signed in and changes the password',
  async (t) => {
    const ada = await running.person()
    const visitor = await running.signedIn(ada.email)
    await counted(`account ${ada.user_id}`, 500)
    const page = await visitor.get('/settings/password')
    const form = page.forms.findIndex(({ action }) => action === '/settings/password')
    const fields = { current_password: PASSWORD, new_password: `${PASSWORD} and more` }
    t.ok((await visitor.submit(page, fields, form)).status < 400)
  }
)

t.test(
  'a sign-in ends without use, is prolonged by use, and ends after 180 days at the latest',
  async (t) => {
    const ada = await running.person()
    const visitor = await running.signedIn(ada.email)
    const session = db
      .updateTable('sessions')
      .where('session_hash', '=', secretDigest(visitor.cookies.get('kagura_session')!))
    const isIn = async () => (await visitor.request('/')).status === 200
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)
    t.ok(await isIn())
    await session
      .set({ created_at: daysAgo(179.9), last_seen_at: daysAgo(1), expires_at: daysAgo(-1) })
      .execute()
    t.ok(await isIn())
    const { expires_at: end } = await db
      .selectFrom('sessions')
      .select('expires_at')
      .where('session_hash', '=', secretDigest(visitor.cookies.get('kagura_session')!))
      .executeTakeFirstOrThrow()
    t.ok(end.getTime() > daysAgo(-29).getTime(), 'prolonged')
    await session.set({ created_at: daysAgo(180.1) }).execute()
    t.notOk(await isIn(), 'whatever it was prolonged to')
    await session.set({ created_at: daysAgo(2), expires_at: daysAgo(-1) }).execute()
    t.ok(await isIn())
    await session.set({ expires_at: new Date(Date.now() - 1000) }).execute()
    t.notOk(await isIn(), 'its days are over')
    await session.set({ expires_at: daysAgo(-1) }).execute()
    t.ok(await isIn())
    await db
      .updateTable('users')
      .set({ disabled_at: new Date() })
      .where('user_id', '=', ada.user_id)
      .execute()
    t.notOk(await isIn(), 'the person is disabled')
  }
)

t.test(
  'a form from elsewhere is refused, also where the browser only says that its origin is null',
  async (t) => {
    const ada = await running.person()
    const send = async (headers: Record<string, string>) => {
      const body = new URLSearchParams({ email: ada.email, password: PASSWORD })
      return (await fetch(`${url}/login`, { method: 'POST', body, headers, redirect: 'manual' }))
        .status
    }
    const foreign: Array<Record<string, string>> = [
      { origin: 'null' },
      { origin: 'http://evil.test' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', origin: 'null' }
    ]
    for (const headers of foreign) t.equal(await send(headers), 403, JSON.stringify(headers))
    const ours: Array<Record<string, string>> = [
      { origin: url },
      { 'sec-fetch-site': 'same-origin', origin: 'null' }
    ]
    for (const headers of ours) t.equal(await send(headers), 303, JSON.stringify(headers))
  }
)
