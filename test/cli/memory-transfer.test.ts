import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Db } from '../../db/connection/connect.ts'
import { findMemoryUsage } from '../../db/memory/usage.ts'
import { temporaryDirectory } from '../support/helper.ts'
import { type Caller, people } from '../tools/caller.ts'
import { audited } from './audited.ts'
import { kagura, kaguraJson, refuses } from './command.ts'

/**
 * All rows of a user's memories and links, without the user and the numbers that search assigns.
 */
async function everything(db: Db, { user_id: userId }: Caller) {
  const rows = async (
    table:
      | 'memories'
      | 'memory_versions'
      | 'memory_postings'
      | 'graph_nodes'
      | 'graph_edges'
      | 'graph_edge_versions'
  ) => {
    const tableRows = await db.selectFrom(table).selectAll().where('user_id', '=', userId).execute()
    return tableRows
      .map((row) =>
        JSON.stringify(
          row,
          Object.keys(row)
            .filter((name) => !['user_id', 'memory_no'].includes(name))
            .sort()
        )
      )
      .toSorted()
  }
  const graph = {
    nodes: await rows('graph_nodes'),
    edges: await rows('graph_edges'),
    former: await rows('graph_edge_versions')
  }
  return {
    memories: await rows('memories'),
    versions: await rows('memory_versions'),
    postings: await rows('memory_postings'),
    usage: await findMemoryUsage(db, userId),
    graph
  }
}

/** Stores memories and links of every kind: changed, deleted, rated, linked, unlinked. */
async function storeExamples(caller: Caller): Promise<void> {
  await caller.call('memory_store', {
    key: 'ü "quoted" 🗼',
    value: 'line one\nline two \\u0000 "x" \u2028 \r 🗼',
    tags: ['a', 'ß'],
    importance: 0.1,
    metadata: { deep: { n: [1.5, null] } },
    occurred_at: '2019-05-04'
  })
  await caller
    .as({ kind: 'oauth', name: 'An App', client_id: 'c', grant_id: 'g' })
    .call('memory_update', { key: 'ü "quoted" 🗼', speaker: 'Ada', expires_at: '2999-01-01' })
  await caller.call('memory_store', { key: 'deleted', value: 'a walrus' })
  await caller.call('memory_delete', { key: 'deleted' })
  await caller.call('memory_store', { key: 'rated', value: 'x'.repeat(5000), session_id: 's' })
  await caller.call('memory_feedback', { key: 'rated', label: 'useful' })
  await caller.call('memory_recall', { key: 'rated' })
  await caller.call('graph_link', {
    from: 'rated',
    to: 'topic:Tea & Zen',
    type: 'influences',
    weight: 0.25,
    valid_from: '2019-01-01',
    valid_until: '2020-01-01'
  })
  await caller.call('graph_link', { from: 'rated', to: 'ü "quoted" 🗼' })
  await caller.call('graph_unlink', { from: 'ü "quoted" 🗼', to: 'rated' })
  await caller.call('memory_record_interaction', {
    query: 'why?',
    response: 'because',
    metadata: { topic: 'Reasons' },
    ai_platform: 'ChatGPT'
  })
}

t.test('an import equals its export: ids, versions, deletions, times and search', async (t) => {
  const {
    db,
    settings,
    callers: [ada, bob]
  } = await people('ada', 'bob')
  const file = join(temporaryDirectory(t), 'ada.jsonl')
  await storeExamples(ada!)

  t.match(await kaguraJson(settings, ['memory', 'export', '--user', ada!.email, file]), {
    user_id: ada!.user_id,
    lines: 18,
    file
  })
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.notMatch(readFileSync(file, 'utf8'), ada!.user_id)
  const { stdout } = await kagura(settings, ['memory', 'export', '--user', ada!.email])
  t.equal(stdout, readFileSync(file, 'utf8'), 'the same on standard output')
  await refuses(
    t,
    settings,
    ['memory', 'export', '--user', ada!.email, file],
    /exists already\. Choose another name/
  )

  const into = ['memory', 'import', '--user', bob!.email]
  const counts = {
    user_id: bob!.user_id,
    memories: 4,
    versions: 4,
    known: 0,
    conflicts: [],
    links: 3,
    links_left_out: 0
  }
  t.same(await kaguraJson(settings, [...into, '--dry-run', file]), { ...counts, dry_run: true })
  t.match(await everything(db, bob!), { memories: [], versions: [], usage: { memories: 0 } })
  t.same(await kaguraJson(settings, [...into, '-'], stdout), { ...counts, dry_run: false })
  t.same(await everything(db, bob!), await everything(db, ada!))
  t.match((await bob!.call('memory_search', { query: 'line two' })).answer.results, [
    { key: 'ü "quoted" 🗼' }
  ])
  t.match((await bob!.call('memory_restore', { key: 'deleted' })).answer, { value: 'a walrus' })

  const before = await everything(db, bob!)
  t.match(
    (await kagura(settings, [...into, file])).stdout,
    /^Imported: 0 memories, 0 previous versions, 0 links\. Already present: 5\.$/m
  )
  t.same(await everything(db, bob!), before, 'once more changes nothing')
  t.same(
    (await audited(db, 'memory.'))
      .map(({ action }) => action)
      .filter((action) => action !== 'memory.deleted'),
    ['memory.exported', 'memory.exported', 'memory.imported', 'memory.imported']
  )
})

t.test(
  'a memory whose key is taken is not imported, and a broken file changes nothing',
  async (t) => {
    const {
      db,
      settings,
      callers: [ada, bob]
    } = await people('ada', 'bob')
    const file = join(temporaryDirectory(t), 'some.jsonl')
    for (const key of ['one', 'two']) await ada!.call('memory_store', { key, value: 'of Ada' })
    await ada!.call('memory_update', { key: 'one', value: 'still of Ada' })
    await ada!.call('graph_link', { from: 'one', to: 'two' })
    await ada!.call('graph_link', { from: 'two', to: 'topic:kept' })
    await bob!.call('memory_store', { key: 'one', value: 'of Bob' })
    const { stdout } = await kagura(settings, ['memory', 'export', '--user', ada!.email])
    const into = ['memory', 'import', '--user', bob!.email, file]
    const before = await everything(db, bob!)
    const [head, first] = stdout.split('\n') as [string, string]
    for (const [lines, why] of [
      [`${stdout}{"type":"memory"`, /Line 10 is not valid JSON: .* Nothing was imported\./],
      [
        `${head}\n${first.replace('"importance": 0.5', '"importance": 7')}`,
        /Line 2 is not a valid memory: row\.importance/
      ],
      [stdout.replace('"weight": 1', '"weight": 7'), /Line 8 is not a valid link: row\.weight/],
      [
        stdout.replace(/"valid_from": "\d+/, '"valid_from": "2026-13-01T00:00:00Z'),
        /Line 8 (has a wrong time: row\.valid_from|is not a valid link)/
      ],
      [
        `${head}\n${first.replace(/"created_at": "\d+/, '"created_at": "2026-13-01T00:00:00Z')}`,
        /Line 2 (has a wrong time: row\.created_at|is not a valid memory)/
      ],
      [`${head}\n${first.replace('of Ada', '\\u0000')}`, /Line 2 .*NUL/],
      [
        '{"type":"export","format":"kagura-memory","version":2}',
        /version 2\. Only kagura-memory, version 1/
      ],
      ['[1]', /Line 1 is not a valid memory/]
    ] as const) {
      writeFileSync(file, lines)
      await refuses(t, settings, into, why)
    }
    t.same(await everything(db, bob!), before)
    writeFileSync(file, stdout.replaceAll('\n', '\r\n\r\n'))
    t.match(await kaguraJson(settings, into), {
      memories: 1,
      versions: 0,
      conflicts: [{ agent_name: 'global', key: 'one' }],
      links: 1,
      links_left_out: 1
    })
    t.equal((await bob!.call('memory_recall', { key: 'one' })).answer.value, 'of Bob')
    await refuses(t, settings, [...into.slice(0, -1), '/nowhere/at/all'], /cannot be read: ENOENT/)
    for (const option of [['--namespace', 'work'], ['--skip-broken'], ['--encoding', 'utf-8']]) {
      await refuses(t, settings, [...into, ...option], /works with --from only/)
    }
    const mixed = join(temporaryDirectory(t), 'mixed.jsonl')
    writeFileSync(mixed, Buffer.from('{"caf\xe9"\n', 'latin1'))
    await refuses(
      t,
      settings,
      ['memory', 'import', '--user', bob!.email, mixed],
      new RegExp(
        'line 1, or a line soon after it is not valid utf-8\\. ' +
          'Nothing was imported\\. Save the file as UTF-8'
      )
    )
  }
)
