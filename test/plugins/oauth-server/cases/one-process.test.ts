// database: any
import t from 'tap'
import { cases, runCases } from './index.ts'
import { openWorld } from './world.ts'

t.test('the cases are numbered 1 to 155, each once', async (t) => {
  t.same(
    cases.map(({ number }) => number),
    Array.from({ length: 155 }, (_, index) => index + 1)
  )
})

runCases(t, await openWorld(t, 1))
