// Breaks each line of test/mutations/, one at a time, in a copy of what was compiled, and expects
// the named test to fail. Some of them only: MUTATIONS='session|redirect' node dist/test/run.js
// --embedded --timeout=3600 test/prove/mutations.prove.ts
import t from 'tap'
import { onPostgres } from '../support/helper.ts'
import { BreakableCopy } from '../support/mutation-run.ts'
import { mutations } from '../mutations/index.ts'
import type { Mutation } from '../mutations/mutation.ts'

const AT_ONCE = Number(process.env['MUTATIONS_AT_ONCE'] ?? 2)
const chosen = new RegExp(process.env['MUTATIONS'] ?? '', 'i')
const name = ({ rule, file, intact, broken }: Mutation) =>
  `${rule}: ${file}: ${intact} -> ${broken || 'nothing'}`

const only = { skip: onPostgres && 'one database is enough to see whether a test looks' }

t.test('every broken rule is noticed by the test that is named for it', only, async (t) => {
  const queue = mutations.filter((mutation) => chosen.test(name(mutation)))
  const whole = new Set(queue.map(({ test, title }) => JSON.stringify({ test, title })))
  const tasks = [
    ...[...whole].map((key) => async (copy: BreakableCopy) => {
      const named = JSON.parse(key) as Pick<Mutation, 'test' | 'title'>
      t.equal(await copy.run(named), 'passed', `whole: ${named.test}: ${named.title}`)
    }),
    ...queue.map((mutation) => async (copy: BreakableCopy) => {
      t.equal(await copy.runBroken(mutation), 'noticed', name(mutation))
    })
  ]
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const copy = new BreakableCopy()
      t.teardown(() => copy.remove())
      for (let task = tasks.shift(); task; task = tasks.shift()) await task(copy)
    })
  )
})
