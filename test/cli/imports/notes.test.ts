import { join } from 'node:path'
import t from 'tap'
import { folder, importer } from './importing.ts'

const vault = {
  'coffee/Pour Over.md': `---
title: Pour Over
type: guide
permalink: coffee/pour-over
tags: [brewing, "slow #1"]
created: 2025-10-24T08:00:00+02:00
author:
- Ada
---

# Pour Over

Better than [[French Press]].

## Observations
- [method] Pour slowly #technique (from a book)
- [ ] buy filters
- [x] buy beans #todo
- [00:01:10] said in a video
- see [a link](http://example.com)

\`\`\`
- [code] not an observation, [[Not A Link]]
\`\`\`

## Relations
- requires [[Kettle]]
- "pairs well with" [[Chocolate Notes|chocolate]] (in winter)
- improves [[coffee/french-press]]
`,
  'coffee/french-press.md': '---\ntitle: French Press\ntype: note\npermalink: coffee/french-press\n---\nPlunge after four minutes.\n',
  'Plain.md': 'No front matter, see [[Pour Over#Relations]].',
  'templates/broken.md': '---\ntitle: {{title}}: [\n---\nText of the template',
  '.obsidian/hidden.md': 'not a note',
  'image.png': 'x'
}

t.test('basic-memory\'s folder: a memory for each note with its tags, links between them, to what is not there as topics', async (t) => {
  const { ada, take, links, recall, keys } = await importer('basic-memory')
  const directory = folder(t, vault)
  const dry = await take(directory, { dryRun: true })
  t.match(dry, { created: 4, links: 5, warnings: [/^templates\/broken\.md, line 2: the front matter is no YAML/] })
  t.match(await take(directory), { created: 4, links: 5, links_left_out: 0 })
  t.match(await take(directory), { created: 0, changed: 0, unchanged: 4, links: 0, links_unchanged: 5 })
  t.same(await keys(), ['Plain', 'coffee/french-press', 'coffee/pour-over', 'templates/broken'])
  const note = await recall('coffee/pour-over')
  t.match(note, { type: 'guide', occurred_at: '2025-10-24T06:00:00.000Z', metadata: { title: 'Pour Over', file: 'coffee/Pour Over.md', author: ['Ada'] } })
  t.same(note.tags, ['brewing', 'slow #1', 'method', 'technique', 'todo'])
  t.match(note.value, /^# Pour Over\n\nBetter than.*in winter\)\n.*french-press\]\]$/s)
  t.equal((await recall('coffee/french-press')).value, '# French Press\n\nPlunge after four minutes.')
  t.match((await recall('templates/broken')).value, /\{\{title\}\}/)
  t.same(await links(), ['Plain links_to coffee/pour-over', 'coffee/pour-over improves coffee/french-press', 'coffee/pour-over links_to coffee/french-press',
    'coffee/pour-over pairs_well_with Chocolate Notes', 'coffee/pour-over requires Kettle'])
  t.match((await ada.call('memory_get_related', { node_id: 'topic:kettle' })).answer, { related_nodes: { length: 4 } })
  t.match((await ada.call('memory_search', { query: 'technique', tags: ['method'] })).answer.results, [{ key: 'coffee/pour-over' }])
})

const oss = { id: '892db2ae-06d9-49e5-8b3e-585ef9b85b8e', memory: 'Dev works at TechCorp', hash: 'x', metadata: { type: 'professional' }, created_at: '2025-07-28T10:00:00.123456-07:00', updated_at: null, user_id: 'dev', categories: ['work'], run_id: 'r1' }

t.test('mem0: get_all with or without its envelope and its graph, OpenMemory\'s backup and its lines', async (t) => {
  const { take, refused, links, recall, keys } = await importer('mem0')
  const directory = folder(t, {
    'all.json': { count: 1, results: [oss], relations: [{ source: 'dev', relationship: 'works_at', target: 'techcorp' }] },
    'list.json': [oss, { ...oss, id: 'b', memory: 'Likes tea', expiration_date: '2999-01-01' }],
    'memories.json': {
      user: { id: 'u' },
      categories: [{ id: 'cat', name: 'drinks' }],
      memories: [{ id: 'm1', content: 'Drinks coffee', metadata: null, state: 'active', created_at: '2025-01-01T00:00:00+00:00', category_ids: ['cat'] }, { id: 'm2', content: 'gone', state: 'deleted' }]
    },
    'memories.jsonl': `${JSON.stringify({ id: 'm3', content: 'From a line', metadata: {}, state: 'archived', app: 'cursor', categories: ['lines'] })}\n`
  })
  t.match(await take(join(directory, 'all.json')), { created: 1, links: 1 })
  t.match(await take(join(directory, 'list.json')), { created: 1, unchanged: 1 })
  t.match(await take(join(directory, 'memories.json')), { created: 1 })
  t.match(await take(join(directory, 'memories.jsonl')), { created: 1 })
  t.same(await keys(), ['mem0/892db2ae-06d9-49e5-8b3e-585ef9b85b8e', 'mem0/b', 'mem0/m1', 'mem0/m3'])
  t.match(await recall(`mem0/${oss.id}`), { value: 'Dev works at TechCorp', tags: ['work'], metadata: { type: 'professional' }, session_id: 'mem0/r1', occurred_at: '2025-07-28T17:00:00.123Z' })
  t.match(await recall('mem0/b'), { expires_at: '2999-01-01T00:00:00.000Z' })
  t.match(await recall('mem0/m1'), { tags: ['drinks'] })
  t.match(await recall('mem0/m3'), { tags: ['lines'], metadata: { app: 'cursor', state: 'archived' } })
  t.same(await links(), ['dev works_at techcorp'])
  await refused(t, join(folder(t, { 'x.json': { results: [oss, { full_name: 'Dev' }] } }), 'x.json'), /x\.json, memory 2 is no memory of mem0's: it needs an id/)
  await refused(t, directory, /nothing that could be imported/)
})
