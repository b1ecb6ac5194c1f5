import t from 'tap'
import { killRounds } from '../db/holding.ts'
import { onPostgres } from '../support/helper.ts'

t.test(
  '20 kills during writes, on one directory, lose nothing that was acknowledged',
  { skip: onPostgres && 'of the embedded database' },
  async (t) => {
    const rounds = await killRounds(t, 20)
    for (const { missing, halves, acknowledged } of rounds) {
      t.same(missing, [], `${acknowledged} acknowledged`)
      t.same(halves, [])
    }
    t.ok(
      rounds.reduce((sum, { acknowledged }) => sum + acknowledged, 0) > 1000,
      'the writers were busy when they died'
    )
  }
)
