import t from 'tap'
import type { Db } from '../../../db/connection/connect.ts'
import type { Source } from '../../../db/schema/index.ts'
import { undoLinks } from '../../../domain/graph/undo.ts'
import { UNDO_SOURCE } from '../../../domain/memory/undo.ts'
import { type Caller, people } from '../caller.ts'

const app: Source = { kind: 'oauth', name: 'Careless', client_id: 'careless', grant_id: 'grant-7' }
const take = (db: Db, { user_id: userId }: Caller, name = 'Careless', options = {}) =>
  db.transaction().execute((trx) => undoLinks(trx, userId, { name }, new Date(0), options))

/** Returns the links without the columns that say who wrote them and when. */
async function linksOf(db: Db, { user_id: userId }: Caller) {
  const edges = await db
    .selectFrom('graph_edges')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('edge_id')
    .execute()
  return edges.map(({ version, written_at: at, written_by: writtenBy, ...edge }) => edge)
}

async function linked() {
  const {
    db,
    callers: [ada, bob]
  } = await people('ada', 'bob')
  for (const key of ['a', 'b', 'c', 'd']) {
    for (const caller of [ada!, bob!]) await caller.call('memory_store', { key, value: key })
  }
  await ada!.call('graph_link', { from: 'a', to: 'b', weight: 0.5, valid_from: '2020-01-01' })
  await ada!.call('graph_link', { from: 'b', to: 'c', type: 'depends_on' })
  return { db, ada: ada!, bob: bob!, careless: ada!.as(app) }
}

t.test(
  'an undo deletes, reopens and reverts the links of an app, and can itself be undone',
  async (t) => {
    const { db, ada, bob, careless } = await linked()
    const before = await linksOf(db, ada)
    await careless.call('graph_link', { from: 'a', to: 'd' })
    await careless.call('graph_link', { from: 'a', to: 'topic:tea', weight: 0.1 })
    await careless.call('graph_link', { from: 'a', to: 'b', weight: 0.9 })
    await careless.call('graph_unlink', { from: 'b', to: 'c' })
    await bob.as(app).call('graph_link', { from: 'a', to: 'b' })
    const after = await linksOf(db, ada)

    const dry = await take(db, ada, 'Careless', { dry: true })
    t.same(await linksOf(db, ada), after, 'a dry run changes nothing')
    const done = await take(db, ada)
    t.same(done, dry)
    t.same(
      done.undone
        .map(({ change, from, type, to }) => `${change}: ${from} ${type} ${to}`)
        .toSorted(),
      [
        'deleted: a related_to d',
        'deleted: a related_to tea',
        'reopened: b depends_on c',
        'reverted: a related_to b'
      ]
    )
    t.same(await linksOf(db, ada), before)
    t.same(await take(db, ada), { undone: [], conflicts: [] }, 'a second undo finds nothing')
    t.equal((await linksOf(db, bob)).length, 1)

    t.equal((await take(db, ada, UNDO_SOURCE.name)).undone.length, 4)
    t.same(await linksOf(db, ada), after)
  }
)

t.test(
  'later changes by another writer stay, and so do the links that replaced the undone ones',
  async (t) => {
    const { db, ada, careless } = await linked()
    await careless.call('graph_link', { from: 'c', to: 'd' })
    await ada.call('graph_link', { from: 'c', to: 'd', weight: 0.2 })
    await careless.call('graph_unlink', { from: 'a', to: 'b' })
    await ada.call('graph_link', { from: 'a', to: 'b', weight: 1 })
    const before = await linksOf(db, ada)
    const { undone, conflicts } = await take(db, ada)
    t.same(undone, [])
    t.match(
      conflicts.toSorted((a, b) => (a.from < b.from ? -1 : 1)),
      [
        {
          from: 'a',
          to: 'b',
          reason: 'another link is open in its place',
          changed_by: undefined
        },
        { from: 'c', to: 'd', changed_by: 'key of ada', reason: undefined }
      ]
    )
    t.same(await linksOf(db, ada), before)
  }
)

t.test('what is purged takes the former states of its links along', async (t) => {
  const { db, ada, careless } = await linked()
  await careless.call('graph_link', { from: 'a', to: 'b', weight: 0.9 })
  await db
    .deleteFrom('graph_nodes')
    .where('user_id', '=', ada.user_id)
    .where('name', '=', 'a')
    .execute()
  t.same(
    await db
      .selectFrom('graph_edge_versions')
      .select('edge_id')
      .where('user_id', '=', ada.user_id)
      .execute(),
    []
  )
})
