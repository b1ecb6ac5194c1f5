import t from 'tap'
import { onPostgres } from '../../support/helper.ts'
import { openWorld } from './cases/world.ts'
import { race } from './race.ts'

for (const processes of onPostgres ? [1, 2] : [1]) {
  t.test(
    `${processes === 1 ? 'one process' : 'two processes'}, requests released together`,
    async (t) => {
      const world = await openWorld(t, processes, { RATE_LIMIT_PER_ADDRESS: '0' })
      for (const n of [2, 8]) await race(t, world, n)
    }
  )
}
