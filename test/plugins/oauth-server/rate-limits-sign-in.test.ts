import t from 'tap'
import { hashPassword, verifyPassword } from '../../../lib/passwords.ts'
import { insertUser } from '../../../db/people/users.ts'
import { runService } from '../../support/running.ts'

t.test(
  'wrong passwords count per IPv6 network, and throttle neither another network nor a ' +
    'right password there',
  async (t) => {
    const running = await runService(t, { TRUST_PROXY: '127.0.0.1' })
    const email = 'ada@example.org'
    await insertUser(running.app.db, {
      email,
      password_hash: await hashPassword('a long enough password')
    })
    const signIn = async (address: string, password: string) =>
      (
        await fetch(`${running.url}/login`, {
          method: 'POST',
          redirect: 'manual',
          headers: { 'x-forwarded-for': address },
          body: new URLSearchParams({ email, password })
        })
      ).status
    const tries = []
    for (let host = 1; host <= 6; host++) {
      tries.push(await signIn(`2001:db8:0:1::${host}`, 'a wrong password'))
    }
    t.same(tries, [401, 401, 401, 401, 401, 429])
    t.equal(await signIn('2001:db8:0:1:ffff::1', 'a long enough password'), 429)
    t.equal(await signIn('2001:db8:0:2::1', 'a wrong password'), 401)
    t.equal(await signIn('2001:db8:0:2::2', 'a long enough password'), 303)
  }
)

t.test(
  'sixty concurrent sign-ins block nobody: the surplus gets 429 and does not count as ' +
    'an attempt',
  async (t) => {
    const running = await runService(t, { TRUST_PROXY: '127.0.0.1' })
    const email = 'crowd@example.com'
    const password = 'a long enough password'
    await insertUser(running.app.db, {
      email,
      name: 'C',
      password_hash: await hashPassword(password)
    })
    const signIn = (password: string, address: string, name = email) =>
      fetch(`${running.url}/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'x-forwarded-for': address },
        body: new URLSearchParams({ email: name, password })
      })
    const state = { isOver: false }
    const crowd = Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        signIn('wrong', `192.0.2.${i + 1}`, `nobody${i}@example.com`)
      )
    ).finally(() => {
      state.isOver = true
    })
    let healthChecks = 0
    while (!state.isOver) {
      t.equal((await fetch(`${running.url}/health`)).status, 200)
      healthChecks++
    }
    const answers = await crowd
    const refused = answers.filter(({ status }) => status === 429)
    t.ok(
      refused.length > 0 && refused.every(({ headers }) => Number(headers.get('retry-after')) > 0),
      `${refused.length} were refused`
    )
    t.equal(
      answers.filter(({ status }) => status === 401 || status === 403).length,
      60 - refused.length,
      `statuses ${[...new Set(answers.map(({ status }) => status))].join()}`
    )
    t.ok(healthChecks > 5, `${healthChecks} others were answered meanwhile`)
    const attempts = await running.app.db.selectFrom('attempts').select('attempts').execute()
    t.equal(
      attempts.reduce((sum, row) => sum + Number(row.attempts), 0),
      3 * (60 - refused.length),
      'only what was checked is counted'
    )
    t.equal((await signIn(password, '192.0.2.200')).status, 303)
  }
)

t.test('hashing a password does not block the event loop', async (t) => {
  let turns = 0
  const state = { isOver: false }
  const hash = hashPassword('secret').finally(() => {
    state.isOver = true
  })
  while (!state.isOver) {
    await new Promise((resolve) => setImmediate(resolve))
    turns++
  }
  t.ok(turns > 20, `${turns} turns`)
  t.ok(await verifyPassword(await hash, 'secret'))
  t.notOk(await verifyPassword(await hash, 'Secret'))
  t.notOk(await verifyPassword(undefined, ''))
})
