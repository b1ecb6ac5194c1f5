import { approve, authorizationUrl, redeem } from '../../../support/oauth-client.ts'
import { Visitor as Browser } from '../../../support/visitor.ts'
import { hashPassword } from '../../../../lib/passwords.ts'
import { insertUser } from '../../../../db/people/users.ts'
import { approved, opened } from './consent-form.ts'
import { isError } from './expected.ts'
import type { Case, World } from './world.ts'

async function withPassword({ db }: World, password: string): Promise<string> {
  const email = `${crypto.randomUUID()}@example.org`
  await insertUser(db, { email, name: 'P', password_hash: await hashPassword(password) })
  return email
}

export const signInCases: Case[] = [
  {
    number: 58,
    title: 'no page can be framed',
    run: async (t, world) => {
      const visitor = await world.visitor()
      const { url } = authorizationUrl(await world.register())
      for (const path of ['/', '/login', '/nothing', '/device', url, '/api/v1/oauth/authorize']) {
        const { headers } = await visitor.request(path)
        t.match(headers.get('content-security-policy'), "frame-ancestors 'none'", path)
        t.equal(headers.get('x-frame-options'), 'DENY', path)
      }
    }
  },
  {
    number: 59,
    title: 'signing in makes a new session and ends the one that the browser came with',
    run: async (t, world) => {
      const email = await withPassword(world, 'a long enough password')
      const visitor = await world.visitor()
      const before = visitor.cookies.get('kagura_session')!
      const page = await visitor.get('/login')
      const { headers } = await visitor.request('/login', {
        method: 'POST',
        body: new URLSearchParams([
          ...page.forms[0]!.fields.filter(([name]) => !['email', 'password'].includes(name)),
          ['email', email],
          ['password', 'a long enough password']
        ])
      })
      t.match(headers.get('set-cookie'), /HttpOnly.*SameSite=Lax/i)
      t.not(visitor.cookies.get('kagura_session'), before)
      const former = new Browser(world.url)
      former.cookies.set('kagura_session', before)
      t.match((await former.get('/')).html, 'name="password"')
      const planted = new Browser(world.url)
      planted.cookies.set('kagura_session', 'made-up')
      await planted.signIn(email, 'a long enough password')
      t.not(planted.cookies.get('kagura_session'), 'made-up')
    }
  },
  {
    number: 60,
    title: 'two session cookies count as none',
    run: async (t, world) => {
      const token = (await world.visitor()).cookies.get('kagura_session')!
      const answer = await fetch(`${world.url}/`, {
        headers: { cookie: `kagura_session=${token}; kagura_session=other`, accept: 'text/html' },
        redirect: 'manual'
      })
      t.equal(answer.headers.get('location'), '/login')
    }
  },
  {
    number: 61,
    title: 'after sign-in the way leads only to a path of ours',
    run: async (t, world) => {
      const email = await withPassword(world, 'a long enough password')
      for (const to of [
        '//evil.example',
        '/\\evil.example',
        'https:evil.example',
        'https://evil.example',
        '/%09/evil.example',
        '/\t/evil.example',
        '\\\\evil.example'
      ]) {
        const body = new URLSearchParams({
          email,
          password: 'a long enough password',
          return_to: to
        })
        const answer = await fetch(`${world.url}/login`, {
          method: 'POST',
          body,
          redirect: 'manual',
          headers: { 'sec-fetch-site': 'same-origin' }
        })
        const location = new URL(answer.headers.get('location')!, world.url)
        t.equal(location.origin, world.url, to)
      }
    }
  },
  {
    number: 62,
    title: 'after a form with a password the answer is 303 or a page, never 307',
    run: async (t, world) => {
      const email = await withPassword(world, 'a long enough password')
      const body = new URLSearchParams({ email, password: 'a long enough password' })
      t.equal(
        (await fetch(`${world.url}/login`, { method: 'POST', body, redirect: 'manual' })).status,
        303
      )
      const { visitor, form } = await opened(world)
      t.equal(
        (
          await visitor.request(form.action, {
            method: 'POST',
            body: new URLSearchParams(approved(form)),
            headers: { 'sec-fetch-site': 'same-origin' }
          })
        ).status,
        200
      )
    }
  },
  {
    number: 63,
    title: 'no page sends a referrer to other sites or loads anything from elsewhere',
    run: async (t, world) => {
      const { page } = await opened(world)
      t.equal(page.headers.get('referrer-policy'), 'same-origin')
      t.match(page.headers.get('content-security-policy'), "default-src 'none'")
      t.notMatch(page.html, /(src|href)="https?:/)
    }
  },
  {
    number: 65,
    title:
      'unknown people and wrong passwords get one answer, guesses are slowed down, and nobody is locked out',
    run: async (t, world) => {
      const email = await withPassword(world, 'a long enough password')
      const attempt = async (address: string, password: string) => {
        const answer = await fetch(`${world.url}/login`, {
          method: 'POST',
          body: new URLSearchParams({ email: address, password }),
          redirect: 'manual'
        })
        return {
          status: answer.status,
          text: (await answer.text()).replaceAll(address, 'X'),
          retry: answer.headers.get('retry-after')
        }
      }
      const [wrong, unknown] = [
        await attempt(email, 'wrong'),
        await attempt(`${crypto.randomUUID()}@example.org`, 'wrong')
      ]
      t.equal(wrong.status, 401)
      t.same(wrong, unknown)
      for (let i = 0; i < 4; i++) await attempt(email, 'wrong')
      const slowed = await attempt(email, 'a long enough password')
      t.equal(slowed.status, 429)
      t.ok(Number(slowed.retry) > 0 && Number(slowed.retry) <= 900)
      await world.db
        .updateTable('attempts')
        .set({ last_attempt_at: new Date(Date.now() - 3600_000) })
        .execute()
      t.equal((await attempt(email, 'a long enough password')).status, 303)
    }
  },
  {
    number: 66,
    title: 'a person who is disabled or deleted between consent and exchange gets no tokens',
    run: async (t, world) => {
      const client = await world.register()
      for (const end of ['disable', 'delete']) {
        const user = await world.person()
        const code = await approve(await world.visitor(user), client)
        await (end === 'disable'
          ? world.db
              .updateTable('users')
              .set({ disabled_at: new Date() })
              .where('user_id', '=', user.user_id)
              .execute()
          : world.db.deleteFrom('users').where('user_id', '=', user.user_id).execute())
        isError(t, await redeem(world.url, client, code), 'invalid_grant', 400, end)
      }
    }
  },
  {
    number: 68,
    title:
      'there are no passkeys here (not offered: a password, throttled, is the one way in), so nothing answers for them',
    run: async (t, world) => {
      for (const path of ['/webauthn', '/login/passkey', '/.well-known/webauthn']) {
        t.equal((await fetch(world.url + path)).status, 404, path)
      }
    }
  }
]
