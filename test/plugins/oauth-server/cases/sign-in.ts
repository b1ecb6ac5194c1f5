import { approve, authorizationUrl, redeem } from '../../../support/oauth-client.ts'
import { Visitor as Browser } from '../../../support/visitor.ts'
import { hashPassword } from '../../../../lib/passwords.ts'
import { insertUser } from '../../../../db/people/users.ts'
import { approvedFields, openConsentPage } from './consent-form.ts'
import { expectTokenError } from './expectations.ts'
import type { DeployedService } from '../../../support/deployed-service.ts'
import type { Case } from './case.ts'

async function insertUserWithPassword({ db }: DeployedService, password: string): Promise<string> {
  const email = `${crypto.randomUUID()}@example.org`
  await insertUser(db, { email, name: 'P', password_hash: await hashPassword(password) })
  return email
}

export const signInCases: Case[] = [
  {
    title: 'no page can be framed',
    run: async (t, service) => {
      const visitor = await service.visitor()
      const { url } = authorizationUrl(await service.register())
      for (const path of ['/', '/login', '/nothing', '/device', url, '/api/v1/oauth/authorize']) {
        const { headers } = await visitor.request(path)
        t.match(headers.get('content-security-policy'), "frame-ancestors 'none'", path)
        t.equal(headers.get('x-frame-options'), 'DENY', path)
      }
    }
  },
  {
    title: 'sign-in starts a new session and ends the previous one of the browser',
    run: async (t, service) => {
      const email = await insertUserWithPassword(service, 'a long enough password')
      const visitor = await service.visitor()
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
      const former = new Browser(service.url)
      former.cookies.set('kagura_session', before)
      t.match((await former.get('/apps')).html, 'name="password"')
      const planted = new Browser(service.url)
      planted.cookies.set('kagura_session', 'made-up')
      await planted.signIn(email, 'a long enough password')
      t.not(planted.cookies.get('kagura_session'), 'made-up')
    }
  },
  {
    title: 'two session cookies count as none',
    run: async (t, service) => {
      const token = (await service.visitor()).cookies.get('kagura_session')!
      const answer = await fetch(`${service.url}/`, {
        headers: { cookie: `kagura_session=${token}; kagura_session=other`, accept: 'text/html' },
        redirect: 'manual'
      })
      t.equal(answer.headers.get('location'), '/login')
    }
  },
  {
    title: 'sign-in redirects only to a path of this server',
    run: async (t, service) => {
      const email = await insertUserWithPassword(service, 'a long enough password')
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
        const answer = await fetch(`${service.url}/login`, {
          method: 'POST',
          body,
          redirect: 'manual',
          headers: { 'sec-fetch-site': 'same-origin' }
        })
        const location = new URL(answer.headers.get('location')!, service.url)
        t.equal(location.origin, service.url, to)
      }
    }
  },
  {
    title: 'a form with a password gets 303 or a page, never 307',
    run: async (t, service) => {
      const email = await insertUserWithPassword(service, 'a long enough password')
      const body = new URLSearchParams({ email, password: 'a long enough password' })
      t.equal(
        (await fetch(`${service.url}/login`, { method: 'POST', body, redirect: 'manual' })).status,
        303
      )
      const { visitor, form } = await openConsentPage(service)
      t.equal(
        (
          await visitor.request(form.action, {
            method: 'POST',
            body: new URLSearchParams(approvedFields(form)),
            headers: { 'sec-fetch-site': 'same-origin' }
          })
        ).status,
        200
      )
    }
  },
  {
    title: 'no page sends a referrer to other sites or loads anything from them',
    run: async (t, service) => {
      const { page } = await openConsentPage(service)
      t.equal(page.headers.get('referrer-policy'), 'same-origin')
      t.match(page.headers.get('content-security-policy'), "default-src 'none'")
      t.notMatch(page.html, /(src|href)="https?:/)
    }
  },
  {
    // Nobody is locked out for good: the right password works again after the delay.
    title:
      'an unknown person and a wrong password get the same answer, and a throttled account ' +
      'works again later',
    run: async (t, service) => {
      const email = await insertUserWithPassword(service, 'a long enough password')
      const attempt = async (address: string, password: string) => {
        const answer = await fetch(`${service.url}/login`, {
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
      await service.db
        .updateTable('attempts')
        .set({ last_attempt_at: new Date(Date.now() - 3600_000) })
        .execute()
      t.equal((await attempt(email, 'a long enough password')).status, 303)
    }
  },
  {
    title: 'a person who is disabled or deleted between consent and redemption gets no tokens',
    run: async (t, service) => {
      const client = await service.register()
      for (const end of ['disable', 'delete']) {
        const user = await service.person()
        const code = await approve(await service.visitor(user), client)
        await (end === 'disable'
          ? service.db
              .updateTable('users')
              .set({ disabled_at: new Date() })
              .where('user_id', '=', user.user_id)
              .execute()
          : service.db.deleteFrom('users').where('user_id', '=', user.user_id).execute())
        expectTokenError(t, await redeem(service.url, client, code), 'invalid_grant', 400, end)
      }
    }
  },
  {
    // Passkeys belong to one origin (WebAuthn Level 3 §5.11).
    title: 'no other site may use the passkeys of this one',
    run: async (t, service) => {
      for (const path of ['/webauthn', '/.well-known/webauthn']) {
        t.equal((await fetch(service.url + path)).status, 404, path)
      }
    }
  }
]
