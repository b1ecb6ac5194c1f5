import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { importForeignMemories } from '../../../../cli/memory/foreign-import.ts'
import { writeNotes } from '../../../../cli/memory/export-notes.ts'
import { detectFormat } from '../../../../domain/memory/transfer/files/detect.ts'
import { NotePaths } from '../../../../domain/memory/transfer/markdown/note-paths.ts'
import { formatNote, parseNote } from '../../../../domain/memory/transfer/markdown/note.ts'
import { temporaryDirectory } from '../../../support/helper.ts'
import { type Caller, people } from '../../../tools/caller.ts'
import { holds } from '../../../plugins/oauth-server/properties/holds.ts'

const {
  db,
  callers: [ada, bob]
} = await people('ada', 'bob')
const root = temporaryDirectory(t)

const comparedColumns = [
  'agent_name',
  'key',
  'value',
  'tags',
  'importance',
  'type',
  'metadata',
  'session_id',
  'speaker',
  'occurred_at',
  'expires_at'
] as const

/** All that Markdown holds of a person's memories, without ids. */
async function stateOf({ user_id: userId }: Caller) {
  const memories = await db
    .selectFrom('memories')
    .select([...comparedColumns])
    .select(({ eb }) => eb('pinned_at', 'is not', null).as('pinned'))
    .where('user_id', '=', userId)
    .execute()
  const links = await db
    .selectFrom('graph_edges as edge')
    .innerJoin('graph_nodes as from', (join) =>
      join.onRef('from.node_id', '=', 'edge.from_node').on('from.user_id', '=', userId)
    )
    .innerJoin('graph_nodes as to', (join) =>
      join.onRef('to.node_id', '=', 'edge.to_node').on('to.user_id', '=', userId)
    )
    .select(['from.type as from_type', 'from.name as from', 'edge.type', 'to.name as to'])
    .select('to.type as to_type')
    .where('edge.user_id', '=', userId)
    .where('edge.valid_until', 'is', null)
    .execute()
  const sorted = (rows: object[]) => rows.map((row) => JSON.stringify(row)).toSorted()
  return { memories: sorted(memories), links: sorted(links) }
}

function exportOf(caller: Caller): Promise<string> {
  const folder = mkdtempSync(join(root, 'notes-'))
  return writeNotes(db, caller.email, folder).then(() => folder)
}

const take = (caller: Caller, folder: string, namespace = 'global') =>
  importForeignMemories(db, folder, { user: caller.email, from: 'kagura-markdown', namespace })

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => !/[\0\p{Surrogate}]/u.test(value)),
  fc.constantFrom(
    '---\nx: 1\n---\n',
    'ends\n\n',
    '[[a|b]] #c',
    'yes',
    '2026-01-01',
    '\ufeffx',
    'x\r'
  )
)
const name = text.map((value) => value.trim()).filter((value) => value !== '')
const memory = fc.record(
  {
    key: fc.oneof(
      name,
      fc.constantFrom('Plan', 'plan', 'a/b', 'a:b', 'CON', '.x', 'x.', 'x'.repeat(255))
    ),
    value: text.filter((value) => value !== ''),
    agent_name: fc.constantFrom('global', 'Work', 'work/1'),
    tags: fc.array(name, { maxLength: 3 }),
    importance: fc.constantFrom(0, 0.25, 1),
    type: fc.constantFrom('fact', 'note: x'),
    metadata: fc.dictionary(name, fc.oneof(fc.jsonValue({ maxDepth: 2 }), text), { maxKeys: 4 }),
    session_id: name,
    speaker: name,
    pinned: fc.boolean(),
    occurred_at: fc.constantFrom('2026-01-02T03:04:05.678Z', '0999-01-01T00:00:00Z')
  },
  { requiredKeys: ['key', 'value', 'agent_name'] }
)

t.test('what Markdown holds of memories and links comes back from it unchanged', async (t) => {
  const [samples] = fc.sample(fc.array(memory, { minLength: 80, maxLength: 80 }), 1)
  const odd = { key: 'odd', value: 'v', metadata: JSON.parse('{"a":1,"__proto__":"x"}') }
  for (const sample of [...samples!, odd]) {
    await ada!.call('memory_store', sample).catch(() => {})
  }
  const stored = await db
    .selectFrom('memories')
    .select(['memory_id', 'key', 'agent_name'])
    .where('user_id', '=', ada!.user_id)
    .orderBy('memory_id')
    .execute()
  t.ok(stored.length > 30, `${stored.length} memories`)
  const [first, second] = stored.map(({ memory_id: id }) => `memory:${id}`)
  for (const [from, to, type] of [
    [first, second, 'supersedes'],
    [first, 'person:Ada | [x] 50%/#', 'mentioned_in'],
    ['topic:Bees', second, 'affects'],
    ['person:Ada', 'topic:Bees', 'works_on']
  ]) {
    await ada!.call('graph_link', { from, to, type })
  }
  const folder = await exportOf(ada!)
  const before = await stateOf(ada!)
  t.equal(before.links.length, 4)
  t.match(await take(bob!, folder), { created: stored.length, links: 4, links_left_out: 0 })
  const after = await stateOf(bob!)
  t.same(
    before.memories.filter((row) => !after.memories.includes(row)),
    []
  )
  t.same(after.links, before.links)
  t.match(await take(bob!, folder), { created: 0, changed: 0, unchanged: stored.length, links: 0 })
  t.match(await take(ada!, folder), { created: 0, changed: 0, unchanged: stored.length, links: 0 })
})

t.test('an edited note becomes a new version, unless the memory changed here since', async (t) => {
  const [eve] = (await people('eve')).callers
  await eve!.call('memory_store', { key: 'plan', value: 'Ten frames', metadata: { a: null } })
  const folder = await exportOf(eve!)
  const file = join(folder, 'global/plan.md')
  const bytes = async function* () {
    yield readFileSync(file)
  }
  t.equal(await detectFormat([{ path: 'plan.md', size: 1, bytes }], 1000), 'kagura-markdown')
  t.match(readFileSync(file, 'utf8'), /^---\nkagura: 1\nkey: plan\nnamespace: global\n[^]*---\nTen/)
  const edit = (from: string, to: string) =>
    writeFileSync(file, readFileSync(file, 'utf8').replace(/\r?\n/g, '\r\n').replace(from, to))
  edit('Ten', 'Twelve')
  writeFileSync(join(folder, 'mine.md'), 'A note of my own')
  t.match(await take(eve!, folder), {
    changed: 1,
    left_out: { 'notes that Kagura Memory did not write': 1 }
  })
  t.equal((await eve!.call('memory_recall', { key: 'plan' })).answer.value, 'Twelve frames')
  const repinned = await exportOf(eve!)
  const note = readFileSync(join(repinned, 'global/plan.md'), 'utf8')
  writeFileSync(join(repinned, 'global/plan.md'), note.replace('key: plan', 'pinned: true\n$&'))
  t.match(await take(eve!, repinned), { changed: 1 }, 'only the pin was edited')
  t.equal((await eve!.call('memory_recall', { key: 'plan' })).answer.pinned, true)
  t.match(await take(eve!, repinned), { changed: 0 })
  edit('Twelve', 'Eleven')
  await eve!.call('memory_update', { key: 'plan', value: 'Nine frames' })
  t.match(await take(eve!, folder), { changed: 0, kept: 1 })
  t.match(await take(eve!, folder, 'copy'), { created: 1 })
  edit('kagura: 1', 'kagura: 9')
  t.match(
    await take(eve!, folder).catch(String),
    /plan\.md has the form 9\. Only form 1 can be read/
  )
})

t.test('names of notes are distinct and safe, and a note is read as it was written', (t) => {
  const paths = new NotePaths()
  const keys = [
    'Plan',
    'plan',
    'plan~',
    'a/b',
    'a:b',
    '../x',
    '.git',
    'nul',
    'x. ',
    '\u202e',
    'é',
    'e\u0301'
  ]
  const names = keys.map((key) => paths.add('global', key))
  t.equal(new Set(names.map((path) => path.toLowerCase())).size, keys.length)
  for (const path of names) {
    const [folder, name, ...rest] = path.split('/')
    t.equal(folder, 'global')
    t.same(rest, [])
    t.notMatch(name!, /[\\:*?"<>|#^[\]%]|^\.|[. ]$|\p{Cf}/u)
  }
  holds(
    t,
    fc.property(text, fc.dictionary(name, fc.jsonValue({ maxDepth: 3 })), (value, metadata) => {
      const properties = { kagura: 1, metadata: JSON.parse(JSON.stringify(metadata)) }
      const note = parseNote('x.md', formatNote(properties, value))
      return note?.value === value && JSON.stringify(note.properties) === JSON.stringify(properties)
    })
  )
  t.end()
})
