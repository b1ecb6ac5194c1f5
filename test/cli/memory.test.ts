import { sql } from 'kysely'
import t from 'tap'
import type { Db } from '../../db/connection/connect.ts'
import { issueApiKey } from '../../db/people/api-keys.ts'
import { findMemoryUsage } from '../../db/memory/usage.ts'
import { lockUser } from '../../db/people/users.ts'
import { insertWebAnswer } from '../../db/web/answers.ts'
import { databaseClient, onPostgres, untilWaiting } from '../support/helper.ts'
import { type Caller, people } from '../tools/caller.ts'
import { audited } from './audited.ts'
import { kagura, kaguraJson, refuses } from './command.ts'

const sessionOf = async (caller: Caller) =>
  (await caller.call('coding_get_current_session_status', { project_id: 'p' })).answer
    .session_id as string
const keysOf = async (caller: Caller) =>
  (await caller.call('memory_list')).answer.memories
    .map(({ key }: { key: string }) => key)
    .toSorted()

t.test('changes of an app are listed and undone, and the undo is undone', async (t) => {
  const {
    db,
    settings,
    callers: [ada]
  } = await people('ada')
  const app = ada!.as({
    kind: 'oauth',
    name: 'Careless App',
    client_id: 'careless',
    grant_id: 'g1'
  })
  await ada!.call('memory_store', { key: 'plan', value: 'of Ada' })
  await ada!.call('memory_store', { key: 'list', value: 'of Ada' })
  await app.call('memory_store', { key: 'plan', value: 'of the app' })
  await app.call('memory_delete', { key: 'list' })
  await app.call('memory_store', { key: 'spam', value: 'of the app' })
  await app.call('memory_store', { key: 'both', value: 'of the app' })
  await ada!.call('memory_update', { key: 'both', value: 'of both' })
  await app.call('graph_link', { from: 'plan', to: 'topic:spam' })
  const args = ['memory', 'undo', '--user', ada!.email, '--client', 'Careless App', '--since', '1h']

  const dry = await kaguraJson(settings, [...args, '--dry-run'])
  t.match(dry, {
    user_id: ada!.user_id,
    dry_run: true,
    conflicts: [{ key: 'both', changed_by: 'key of ada' }],
    links: { undone: [{ change: 'deleted', from: 'plan', to: 'spam' }], conflicts: [] }
  })
  t.same(
    Object.fromEntries(
      dry.undone.map(({ key, change }: { key: string; change: string }) => [key, change])
    ),
    { plan: 'reverted', list: 'restored', spam: 'deleted' }
  )
  t.same(await keysOf(ada!), ['both', 'plan', 'spam'])
  const { stdout } = await kagura(settings, args)
  t.match(
    stdout,
    new RegExp(
      '^Undone: 3 memories\\nCHANGE .*' +
        'Kept, because of later changes by others: 1\\nNAMESPACE .*\\n.*both +key of ada.*' +
        'Undone: 1 link\\nCHANGE .*plan related_to spam',
      's'
    )
  )
  t.same(await keysOf(ada!), ['both', 'list', 'plan'])
  t.equal((await ada!.call('memory_recall', { key: 'plan' })).answer.value, 'of Ada')

  t.equal(
    (
      await kaguraJson(settings, [
        'memory',
        'undo',
        '--user',
        ada!.email,
        '--client',
        'kagura memory undo',
        '--since',
        '1h'
      ])
    ).undone.length,
    3
  )
  t.same(await keysOf(ada!), ['both', 'plan', 'spam'])
  const rows = await audited(db, 'memory.undone')
  t.match(rows, [
    {
      user_id: ada!.user_id,
      details: { by: 'command', of: 'Careless App', undone: 3, conflicts: 1, links: 1 }
    },
    { details: { undone: 3 } }
  ])
  t.equal(rows.length, 2, 'a dry run is not recorded')
})

t.test(
  'undo finds an API key by its prefix, and names the writers if there is nothing to undo',
  async (t) => {
    const {
      db,
      settings,
      callers: [ada]
    } = await people('ada')
    const key = await issueApiKey(db, { user_id: ada!.user_id, name: 'laptop', scope: 'mcp:tools' })
    await ada!
      .as({ kind: 'api_key', name: 'laptop', key_id: key.key_id })
      .call('memory_store', { key: 'k', value: 'v' })
    await ada!.call('memory_store', { key: 'own', value: 'v' })
    const undo = ['memory', 'undo', '--user', ada!.email]
    t.match(
      (await kagura(settings, [...undo, '--client', 'Nobody', '--since', '2020-01-01'])).stdout,
      /no changes by Nobody since .*Changes since then are by: key of ada, laptop\./
    )
    t.match(await kaguraJson(settings, [...undo, '--key', key.key_prefix, '--since', '7d']), {
      undone: [{ key: 'k', change: 'deleted' }],
      of: { key_id: key.key_id }
    })
    await refuses(t, settings, [...undo, '--key', 'kagura_nothing', '--since', '7d'], /no API key/)
    await refuses(
      t,
      settings,
      [...undo, '--client', 'x', '--since', 'yesterday'],
      /"yesterday" is not a valid time/
    )
    await refuses(
      t,
      settings,
      ['memory', 'undo', '--user', 'eve@example.com', '--client', 'x', '--since', '7d'],
      /no user/
    )
  }
)

/** Stores what a purge must find: memories, versions, links, source code and a web answer. */
async function storeTraces(db: Db, caller: Caller): Promise<void> {
  await caller.call('memory_store', { key: 'secret', value: 'the old password walrus' })
  await caller.call('memory_store', { key: 'secret', value: 'the new password walrus' })
  await caller.call('memory_store', { key: 'gone', value: 'the lost walrus' })
  await caller.call('memory_delete', { key: 'gone' })
  await caller.call('memory_store', { key: 'kept', value: 'a tulip' })
  await caller.call('graph_link', { from: 'secret', to: 'kept' })
  await caller.call('coding_index_source_code', {
    project_id: 'p',
    files: [{ path: 'a.ts', content: 'export const cod = 1' }]
  })
  await insertWebAnswer(db, caller.user_id, 'question', { fish: 'herring' }, 60)
}

/** All rows of the user that could hold purged text, as JSON. */
async function readTraces(db: Db, { user_id: userId }: Caller): Promise<string> {
  return JSON.stringify([
    await db.selectFrom('memories').selectAll().where('user_id', '=', userId).execute(),
    await db.selectFrom('memory_versions').selectAll().where('user_id', '=', userId).execute(),
    await db.selectFrom('memory_postings').selectAll().where('user_id', '=', userId).execute(),
    await db.selectFrom('graph_nodes').selectAll().where('user_id', '=', userId).execute(),
    await db.selectFrom('coding_sessions').selectAll().where('user_id', '=', userId).execute(),
    await db.selectFrom('coding_file_changes').selectAll().where('user_id', '=', userId).execute(),
    await db.selectFrom('code_pieces').selectAll().where('user_id', '=', userId).execute(),
    await db.selectFrom('web_answers').selectAll().where('user_id', '=', userId).execute()
  ])
}

t.test('a purge deletes versions and search terms, and nothing else', async (t) => {
  const {
    db,
    settings,
    callers: [ada, bob]
  } = await people('ada', 'bob')
  for (const caller of [ada!, bob!]) await storeTraces(db, caller)
  const traces = (caller: Caller) => readTraces(db, caller)
  const purge = ['memory', 'purge', '--yes', '--user', ada!.email]
  t.match(await kaguraJson(settings, [...purge, '--key', 'secret']), {
    user_id: ada!.user_id,
    memories: 1,
    versions: 1
  })
  t.notMatch(await traces(ada!), /password|secret/)
  t.match(await ada!.refusal('memory_restore', { key: 'secret' }), /no deleted memory/)
  t.match(await kaguraJson(settings, [...purge, '--deleted']), { memories: 0, versions: 2 })
  t.notMatch(await traces(ada!), /walrus/)
  t.same(await keysOf(ada!), ['kept'])
  t.same(await findMemoryUsage(db, ada!.user_id), { memories: 1, bytes: 7 })
  await refuses(
    t,
    settings,
    [...purge, '--key', 'kept', '--namespace', 'other'],
    /nothing to purge under key "kept" in namespace "other"/
  )
  await ada!.call('coding_start_session', { project_id: 'p', description: 'a goal' })
  const { change_id: change } = (
    await ada!.call('coding_track_file_change', {
      project_id: 'p',
      file_path: '.env',
      action: 'edit',
      reason: 'the password walrus'
    })
  ).answer
  await kaguraJson(settings, [...purge, '--key', change])
  t.notMatch(await traces(ada!), /walrus/, 'a record of a coding session goes with its memory')
  t.match(await traces(ada!), /a\.ts|cod = 1/, 'source code stays until it is purged, too')
  t.match(
    (await kagura(settings, [...purge, '--code'])).stdout,
    /^Permanently deleted the source code of 1 project and 0 recorded tool calls of .*\./
  )
  t.match(
    await ada!.refusal('coding_search_source_code', { project_id: 'p', query: 'cod' }),
    /No source code of project "p" is indexed/
  )
  t.same(
    await keysOf(ada!),
    ['kept', await sessionOf(ada!)].toSorted(),
    'and nothing else goes with it'
  )
  await ada!.call('coding_index_source_code', {
    project_id: 'q',
    files: [{ path: 'a.ts', content: 'export const cod = 1' }]
  })
  t.match(
    (await kagura(settings, [...purge, '--all'])).stdout,
    new RegExp(
      '^Permanently deleted 2 memories, 0 previous versions, the source code of 1 project and ' +
        '0 recorded tool calls of .*\\.'
    )
  )
  t.equal(await traces(ada!), '[[],[],[],[],[],[],[],[]]')
  t.same(await keysOf(bob!), ['kept', 'secret'])
  t.match(await bob!.call('memory_restore', { key: 'gone' }), {
    answer: { value: 'the lost walrus' }
  })
  t.match(await traces(bob!), /cod = 1.*herring/)
  t.same(
    (await audited(db, 'memory.purged')).map(({ details }) => details.what),
    ['one', 'deleted', 'one', 'code', 'all']
  )
})

const skip = !onPostgres && 'the embedded database runs one transaction at a time'

t.test('a purge deletes a memory that is restored at the same instant', { skip }, async (t) => {
  const {
    settings,
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'secret', value: 'walrus' })
  await ada!.call('memory_delete', { key: 'secret' })
  const [operator, watch] = [await databaseClient(t, settings), await databaseClient(t, settings)]
  await operator.query('begin')
  // A restore counts last, so it has to wait.
  await operator.query('lock table memory_usage in share mode')
  const restored = ada!.call('memory_restore', { key: 'secret' })
  await untilWaiting(watch)
  const purged = kaguraJson(settings, [
    'memory',
    'purge',
    '--yes',
    '--user',
    ada!.email,
    '--key',
    'secret'
  ])
  await untilWaiting(watch, 2)
  await operator.query('commit')
  await restored
  t.match(await purged, { memories: 1, versions: 2 })
  t.same(await keysOf(ada!), [])
})

t.test('a purge that waits for an undo holds no lock that the undo needs', { skip }, async (t) => {
  const {
    db,
    settings,
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'k', value: 'v' })
  const watch = await databaseClient(t, settings)
  const { purged } = await db.transaction().execute(async (trx) => {
    await lockUser(trx, ada!.user_id)
    const purged = kaguraJson(settings, [
      'memory',
      'purge',
      '--yes',
      '--user',
      ada!.email,
      '--key',
      'k'
    ])
    await untilWaiting(watch)
    for (const table of ['memories', 'memory_usage']) {
      await sql`select from ${sql.table(table)}
          where user_id = ${ada!.user_id} for update nowait`.execute(trx)
    }
    return { purged }
  })
  t.match(await purged, { memories: 1 })
})
