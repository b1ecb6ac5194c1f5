import type { FastifyRequest } from 'fastify'
import t from 'tap'
import type { Session } from '../../db/people/sessions.ts'
import type { ReauthenticationError } from '../../lib/errors.ts'
import { audited } from '../cli/audited.ts'
import { PASSWORD, runService } from '../support/running.ts'
import { Visitor } from '../support/visitor.ts'

const running = await runService(t)
const { db } = running.app

/** Makes the last proof of every session of the person this old. */
async function age(userId: string, minutes: number): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ authenticated_at: new Date(Date.now() - minutes * 60_000) })
    .where('user_id', '=', userId)
    .execute()
}

/** The session as a request of this browser finds it. */
async function sessionOf(visitor: Visitor): Promise<Session> {
  const [name, value] = [...visitor.cookies].find(([cookie]) => cookie.endsWith('session'))!
  const request = { headers: { cookie: `${name}=${value}` }, cookies: { [name]: value } }
  return (await running.app.auth.session(request as unknown as FastifyRequest))!
}

t.test('a proof of who one is counts for ten minutes', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  t.equal((await sessionOf(visitor)).recently_authenticated, true, 'a sign-in is a proof')
  await age(ada.user_id, 9.8)
  t.equal((await sessionOf(visitor)).recently_authenticated, true)
  await age(ada.user_id, 10.2)
  const session = await sessionOf(visitor)
  t.equal(session.recently_authenticated, false)

  const returnPath = (request: object): string | undefined => {
    try {
      running.app.auth.requireRecent(request as FastifyRequest, session)
    } catch (error) {
      return (error as ReauthenticationError).returnTo
    }
  }
  const host = 'localhost:3000'
  const get = { method: 'GET', url: '/admin/clients?page=2', headers: {}, host }
  t.equal(returnPath(get), '/admin/clients?page=2')
  for (const [referer, returnTo] of [
    ['http://localhost:3000/apps/1?a=b', '/apps/1?a=b'],
    ['http://evil.test/apps/1', '/'],
    [undefined, '/']
  ]) {
    const form = { method: 'POST', url: '/apps/1/revoke', headers: { referer }, host }
    t.equal(returnPath(form), returnTo, 'a form returns to its page')
  }
})

t.test(
  'the right password renews the proof, and leads back to a path of this server',
  async (t) => {
    const ada = await running.person()
    const visitor = await running.signedIn(ada.email)
    await age(ada.user_id, 60)
    const page = await visitor.get('/reauthenticate?return_to=/memories%3Fq%3Dx')
    const refused = await visitor.submit(page, { current_password: 'not my password' })
    t.equal(refused.status, 401)
    t.match(refused.html, /The password is not right/)
    t.equal((await sessionOf(visitor)).recently_authenticated, false)

    const body = (returnTo: string) =>
      new URLSearchParams([
        ...page.forms[0]!.fields.filter(([name]) => name === 'csrf'),
        ['return_to', returnTo],
        ['current_password', PASSWORD]
      ])
    for (const [returnTo, location] of [
      ['/memories?q=x', '/memories?q=x'],
      ['https://evil.test/', '/'],
      ['//evil.test/', '/']
    ] as const) {
      const headers = { 'sec-fetch-site': 'same-origin' }
      const init = { method: 'POST', body: body(returnTo), headers }
      const answer = await visitor.request('/reauthenticate', init)
      t.equal(answer.status, 303)
      t.equal(answer.headers.get('location'), location)
    }
    t.equal((await sessionOf(visitor)).recently_authenticated, true)
    t.equal((await audited(db, 'auth.reauthenticated')).length, 3)
    t.match(
      (await new Visitor(running.url).get('/reauthenticate?return_to=/apps')).url,
      /\/login\?/
    )
  }
)
