import t from 'tap'
import { audited } from '../../cli/audited.ts'
import { databaseClient, onPostgres, untilWaiting } from '../../support/helper.ts'
import { PASSWORD, runService } from '../../support/running.ts'
import type { Page, Visitor } from '../../support/visitor.ts'
import { noteSecret } from '../../support/secret-scan.ts'

const running = await runService(t)
const { db } = running.app
const next = noteSecret('the next password', 'another long enough password')

function change(visitor: Visitor, page: Page, fields: Record<string, string>): Promise<Page> {
  return visitor.submit(
    page,
    fields,
    page.forms.findIndex(({ action }) => action === '/settings/password')
  )
}

t.test(
  'a new password signs out every other browser, and keeps this one and the keys',
  async (t) => {
    const ada = await running.person()
    const [currentBrowser, otherBrowser] = [
      await running.signedIn(ada.email),
      await running.signedIn(ada.email)
    ]
    const { key } = await running.key(ada)
    const page = await change(currentBrowser, await currentBrowser.get('/settings/password'), {
      current_password: PASSWORD,
      new_password: next
    })
    t.equal(page.status, 200)
    t.match(page.html, /Your password is changed, and every other browser is signed out/)
    t.equal((await currentBrowser.get('/settings/password')).status, 200)
    t.match((await otherBrowser.get('/settings/password')).url, /login/)
    t.equal(
      (await fetch(`${running.url}/api/v1/tools`, { headers: { 'x-api-key': key } })).status,
      200
    )
    const former = await fetch(`${running.url}/login`, {
      method: 'POST',
      body: new URLSearchParams({ email: ada.email, password: PASSWORD }),
      redirect: 'manual'
    })
    t.equal(former.status, 401, 'the former one opens nothing')
    const again = await change(currentBrowser, await currentBrowser.get('/settings/password'), {
      current_password: next,
      new_password: PASSWORD
    })
    t.match(again.html, /Your password is changed/)
    t.match(
      (await audited(db, 'user.password_changed')).map(({ user_id: id }) => id),
      [ada.user_id, ada.user_id]
    )
  }
)

t.test(
  'a wrong current password, a short new one and the form of another user change nothing',
  async (t) => {
    const [ada, bob] = [await running.person(), await running.person()]
    const [hers, his] = [await running.signedIn(ada.email), await running.signedIn(bob.email)]
    const hash = async () =>
      (
        await db
          .selectFrom('users')
          .select('password_hash')
          .where('user_id', '=', ada.user_id)
          .executeTakeFirstOrThrow()
      ).password_hash
    const before = await hash()
    const page = await hers.get('/settings/password')
    for (const [fields, status, says] of [
      [
        { current_password: 'not my password', new_password: next },
        401,
        /The current password is not right, so nothing was changed/
      ],
      [{ current_password: PASSWORD, new_password: 'short' }, 400, /at least 8 characters/],
      [{ current_password: PASSWORD, new_password: 'Passw0rd!' }, 400, /too common/],
      [{ current_password: PASSWORD, new_password: ada.email }, 400, /too common/],
      [
        { current_password: PASSWORD, new_password: 'x'.repeat(1025) },
        400,
        /up to 1024 characters/
      ],
      [{ current_password: 'x'.repeat(1025), new_password: next }, 401, /not right/],
      [{ current_password: '', new_password: next }, 401, /not right/]
    ] as Array<[Record<string, string>, number, RegExp]>) {
      const answer = await change(hers, page, fields)
      t.equal(answer.status, status, String(says))
      t.match(answer.html, says)
    }
    t.equal(
      (await change(his, page, { current_password: PASSWORD, new_password: next })).status,
      403,
      'the form is hers'
    )
    t.equal(await hash(), before)
  }
)

t.test('guesses at the current password are slowed down like those at sign-in', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  const page = await visitor.get('/settings/password')
  const statuses: number[] = []
  for (let i = 0; i < 6; i++) {
    statuses.push(
      (await change(visitor, page, { current_password: `guess ${i}`, new_password: next })).status
    )
  }
  t.same(statuses, [401, 401, 401, 401, 401, 429])
  const throttled = await change(visitor, page, { current_password: PASSWORD, new_password: next })
  t.equal(throttled.status, 429)
  t.match(throttled.html, /Too many attempts\. Wait \d+ seconds/)
  t.ok(Number(throttled.headers.get('retry-after')) > 0)
})

t.test(
  'who signs in or changes the password by the former one while it is changed is refused',
  { skip: !onPostgres && 'the embedded database does one thing after the other' },
  async (t) => {
    const ada = await running.person()
    const visitor = await running.signedIn(ada.email)
    const page = await visitor.get('/settings/password')
    const [owner, watch] = [
      await databaseClient(t, running.settings),
      await databaseClient(t, running.settings)
    ]
    await owner.query('begin')
    await owner.query("update users set password_hash = 'that of another' where user_id = $1", [
      ada.user_id
    ])
    const answers = Promise.all([
      fetch(`${running.url}/login`, {
        method: 'POST',
        body: new URLSearchParams({ email: ada.email, password: PASSWORD }),
        redirect: 'manual'
      }),
      change(visitor, page, { current_password: PASSWORD, new_password: next })
    ])
    await untilWaiting(watch, 2)
    await owner.query('delete from sessions where user_id = $1', [ada.user_id])
    await owner.query('commit')
    t.same(
      (await answers).map(({ status }) => status),
      [401, 200],
      'the second one finds its session ended and is shown the sign-in page'
    )
    t.equal(
      (await watch.query('select from sessions where user_id = $1', [ada.user_id])).rowCount,
      0
    )
    t.match(
      (await watch.query('select password_hash from users where user_id = $1', [ada.user_id])).rows,
      [{ password_hash: 'that of another' }]
    )
  }
)
