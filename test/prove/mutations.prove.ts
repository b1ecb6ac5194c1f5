// Breaks each line of test/mutations/ in a copy of the compiled service, one at a time, and expects
// the named test to fail. For some of them only:
//   MUTATIONS='session|redirect' node dist/test/run.js --embedded --timeout=3600 \
//     test/prove/mutations.prove.ts
import t from 'tap'
import { onPostgres } from '../support/helper.ts'
import { BreakableCopy } from '../support/mutation-run.ts'
import { mutations } from '../mutations/index.ts'
import type { Mutation } from '../mutations/mutation.ts'

const AT_ONCE = Number(process.env['MUTATIONS_AT_ONCE'] ?? 2)
const chosen = new RegExp(process.env['MUTATIONS'] ?? '', 'i')
const name = ({ rule, file, intact, broken }: Mutation) =>
  `${rule}: ${file}: ${intact} -> ${broken || 'nothing'}`

const only = { skip: onPostgres && 'one database is enough' }

t.test('the named test notices each broken rule', only, async (t) => {
  const queue = mutations.filter((mutation) => chosen.test(name(mutation)))
  const whole = new Set(queue.map(({ test, title }) => JSON.stringify({ test, title })))
  const tasks = [
    ...[...whole].map((key) => async (copy: BreakableCopy) => {
      const intactTest = JSON.parse(key) as Pick<Mutation, 'test' | 'title'>
      t.equal(
        await copy.run(intactTest),
        'passed',
        `whole: ${intactTest.test}: ${intactTest.title}`
      )
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
