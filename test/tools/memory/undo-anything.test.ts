import fc from 'fast-check'
import t from 'tap'
import type { Source } from '../../../db/schema/index.ts'
import { undoMemoryChanges } from '../../../domain/memory/undo.ts'
import { people } from '../caller.ts'

const app: Source = { kind: 'oauth', name: 'App', client_id: 'app', grant_id: 'g' }
const keys = ['a', 'b', 'c']
const word = fc.constantFrom('walrus', 'tulip', 'zebra', 'anchor')

/** A call of a tool. The test ignores refusals. */
const call = fc.oneof(
  fc.record({
    name: fc.constant('memory_store'),
    args: fc.record({
      key: fc.constantFrom(...keys),
      value: word,
      importance: fc.constantFrom(0.1, 0.9),
      expires_at: fc.constantFrom('', '', '', '2001-01-01')
    })
  }),
  fc.record({
    name: fc.constant('memory_update'),
    args: fc.record({
      key: fc.constantFrom(...keys),
      tags: fc.array(word, { maxLength: 2 }),
      expires_at: fc.constantFrom('', '', '2001-01-01')
    })
  }),
  fc.record({
    name: fc.constant('memory_delete'),
    args: fc.record({ key: fc.constantFrom(...keys) })
  }),
  fc.record({
    name: fc.constant('memory_feedback'),
    args: fc.record({ key: fc.constantFrom(...keys), label: fc.constantFrom('useful', 'outdated') })
  }),
  fc.record({
    name: fc.constant('memory_restore'),
    args: fc.record(
      { key: fc.constantFrom(...keys), version: fc.constantFrom(1, 2, 3) },
      { requiredKeys: ['key'] }
    )
  }),
  fc.record({
    name: fc.constant('memory_recall'),
    args: fc.record({ key: fc.constantFrom(...keys) })
  })
)

t.test(
  'an undo of any calls of an app restores the state before, and its undo the state after',
  async (t) => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 8 }),
        fc.array(call, { minLength: 1, maxLength: 12 }),
        async (before, after) => {
          runs++
          const {
            db,
            callers: [ada]
          } = await people('ada')
          const see = async () => ({
            listed: (await ada!.call('memory_list')).answer.memories,
            found: (
              await ada!.call('memory_search', { query: 'walrus tulip zebra anchor' })
            ).answer.results
              .map(({ key, value }: any) => `${key}: ${value}`)
              .toSorted(),
            rated: await db
              .selectFrom('memories')
              .select([
                'key',
                'importance',
                'useful_count',
                'outdated_count',
                'source',
                'updated_at',
                'created_at'
              ])
              .where('user_id', '=', ada!.user_id)
              .where(({ or, eb }) =>
                or([eb('expires_at', 'is', null), eb('expires_at', '>', new Date())])
              )
              .orderBy('key')
              .execute()
          })
          const run = async (caller: typeof ada, calls: typeof before) => {
            for (const { name, args } of calls) await caller!.call(name, args).catch(() => {})
          }
          const take = (name: string, since: Date) =>
            db.transaction().execute((trx) => undoMemoryChanges(trx, ada!.user_id, { name }, since))
          await run(ada, before)
          const original = await see()
          await new Promise((resolve) => setTimeout(resolve, 2))
          const since = new Date()
          await run(ada!.as(app), after)
          const changed = await see()
          t.same((await take('App', since)).conflicts, [])
          t.same(await see(), original)
          await take('kagura memory undo', since)
          t.same(await see(), changed)
        }
      ),
      { numRuns: 30, endOnFailure: true }
    )
    t.equal(runs, 30)
  }
)
