import t from 'tap'
import { runService } from '../support/running.ts'

t.test(
  'the set-up link makes an administrator who is signed in, and then opens nothing more',
  async (t) => {
    const { app, url } = await runService(t)
    const link = `${url}/setup?token=${app.setupToken}`
    t.equal((await fetch(link)).status, 200)
    t.equal((await fetch(`${url}/setup?token=mistyped`)).status, 403)
    const form = new URLSearchParams({
      token: app.setupToken!,
      name: 'Ada',
      email: 'ada@example.com',
      password: 'a long enough password'
    })
    const made = await fetch(`${url}/setup`, { method: 'POST', body: form, redirect: 'manual' })
    t.equal(made.status, 303)
    const admin = await app.db.selectFrom('users').selectAll().executeTakeFirstOrThrow()
    t.match(admin, { email: 'ada@example.com', role: 'admin', last_login_at: Date })
    t.equal((await fetch(link)).status, 403)
  }
)

t.test(
  'an account that is made otherwise ends the set-up link, and the page says what to do',
  async (t) => {
    const { app, url, person } = await runService(t)
    await person()
    const page = await fetch(`${url}/setup?token=${app.setupToken}`)
    t.equal(page.status, 403)
    t.match(
      await page.text(),
      new RegExp(
        'If an account exists already, sign in with it.*' +
          'npx kagura user create --email you@example\\.org --role admin',
        's'
      )
    )
    const form = new URLSearchParams({
      token: app.setupToken!,
      email: 'eve@example.com',
      password: 'a long enough password'
    })
    t.equal((await fetch(`${url}/setup`, { method: 'POST', body: form })).status, 403)
    t.equal((await app.db.selectFrom('users').selectAll().execute()).length, 1)
  }
)
