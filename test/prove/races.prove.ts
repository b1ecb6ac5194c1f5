import t from 'tap'
import { onPostgres } from '../support/helper.ts'
import { openWorld } from '../plugins/oauth-server/cases/world.ts'
import { race } from '../plugins/oauth-server/race.ts'

const ROUNDS = 5

for (const processes of onPostgres ? [1, 2] : [1]) {
  t.test(
    `${ROUNDS} rounds of 32 requests released together, on ${processes} process(es)`,
    async (t) => {
      const world = await openWorld(t, processes, { RATE_LIMIT_PER_ADDRESS: '0' })
      for (let round = 0; round < ROUNDS; round++) await race(t, world, 32)
    }
  )
}
