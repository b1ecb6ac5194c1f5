import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { vault } from './basic-memory-vault.ts'
import { folder, importer } from './importing.ts'

t.test(
  "basic-memory's folder: a memory for each note, links between notes, topics for missing ones",
  async (t) => {
    const { ada, take, links, recall, keys } = await importer('basic-memory')
    const directory = folder(t, vault)
    const dry = await take(directory, { dryRun: true })
    t.match(dry, {
      created: 4,
      links: 5,
      warnings: [/^templates\/broken\.md, line 2: the front matter is not valid YAML/]
    })
    t.match(await take(directory), { created: 4, links: 5, links_left_out: 0 })
    t.match(await take(directory), {
      created: 0,
      changed: 0,
      unchanged: 4,
      links: 0,
      links_unchanged: 5
    })
    t.same(await keys(), ['Plain', 'coffee/french-press', 'coffee/pour-over', 'templates/broken'])
    const note = await recall('coffee/pour-over')
    t.match(note, {
      type: 'guide',
      occurred_at: '2025-10-24T06:00:00.000Z',
      metadata: { title: 'Pour Over', file: 'coffee/Pour Over.md', author: ['Ada'] }
    })
    t.same(note.tags, ['brewing', 'slow #1', 'method', 'technique', 'todo'])
    t.match(note.value, /^# Pour Over\n\nBetter than.*in winter\)\n.*french-press\]\]$/s)
    t.equal(
      (await recall('coffee/french-press')).value,
      '# French Press\n\nPlunge after four minutes.'
    )
    t.match((await recall('templates/broken')).value, /\{\{title\}\}/)
    t.same(await links(), [
      'Plain links_to coffee/pour-over',
      'coffee/pour-over improves coffee/french-press',
      'coffee/pour-over links_to coffee/french-press',
      'coffee/pour-over pairs_well_with Chocolate Notes',
      'coffee/pour-over requires Kettle'
    ])
    t.match((await ada.call('memory_get_related', { node_id: 'topic:kettle' })).answer, {
      related_nodes: { length: 4 }
    })
    t.match(
      (await ada.call('memory_search', { query: 'technique', tags: ['method'] })).answer.results,
      [{ key: 'coffee/pour-over' }]
    )
  }
)

const oss = {
  id: '892db2ae-06d9-49e5-8b3e-585ef9b85b8e',
  memory: 'Dev works at TechCorp',
  hash: 'x',
  metadata: { type: 'professional' },
  created_at: '2025-07-28T10:00:00.123456-07:00',
  updated_at: null,
  user_id: 'dev',
  categories: ['work'],
  run_id: 'r1'
}

t.test(
  "mem0: get_all with or without its envelope and its graph, OpenMemory's backup and its lines",
  async (t) => {
    const { take, refused, links, recall, keys } = await importer('mem0')
    const directory = folder(t, {
      'all.json': {
        count: 1,
        results: [oss],
        relations: [{ source: 'dev', relationship: 'works_at', target: 'techcorp' }]
      },
      'list.json': [oss, { ...oss, id: 'b', memory: 'Likes tea', expiration_date: '2999-01-01' }],
      'memories.json': {
        user: { id: 'u' },
        categories: [{ id: 'cat', name: 'drinks' }],
        memories: [
          {
            id: 'm1',
            content: 'Drinks coffee',
            metadata: null,
            state: 'active',
            created_at: '2025-01-01T00:00:00+00:00',
            category_ids: ['cat']
          },
          { id: 'm2', content: 'gone', state: 'deleted' }
        ]
      },
      'memories.jsonl': `${JSON.stringify({
        id: 'm3',
        content: 'From a line',
        metadata: {},
        state: 'archived',
        app: 'cursor',
        categories: ['lines']
      })}\n`
    })
    t.match(await take(join(directory, 'all.json')), { created: 1, links: 1 })
    t.match(await take(join(directory, 'list.json')), { created: 1, unchanged: 1 })
    t.match(await take(join(directory, 'memories.json')), { created: 1 })
    t.match(await take(join(directory, 'memories.jsonl')), { created: 1 })
    t.same(await keys(), [
      'mem0/892db2ae-06d9-49e5-8b3e-585ef9b85b8e',
      'mem0/b',
      'mem0/m1',
      'mem0/m3'
    ])
    t.match(await recall(`mem0/${oss.id}`), {
      value: 'Dev works at TechCorp',
      tags: ['work'],
      metadata: { type: 'professional' },
      session_id: 'mem0/r1',
      occurred_at: '2025-07-28T17:00:00.123Z'
    })
    t.match(await recall('mem0/b'), { expires_at: '2999-01-01T00:00:00.000Z' })
    t.match(await recall('mem0/m1'), { tags: ['drinks'] })
    t.match(await recall('mem0/m3'), {
      tags: ['lines'],
      metadata: { app: 'cursor', state: 'archived' }
    })
    t.same(await links(), ['dev works_at techcorp'])
    await refused(
      t,
      join(folder(t, { 'x.json': { results: [oss, { full_name: 'Dev' }] } }), 'x.json'),
      /x\.json, memory 2 is not a memory of mem0: it needs an id/
    )
    await refused(t, directory, /contains nothing to import/)
  }
)

t.test(
  'unreadable front matter stops nothing, dates are kept, other encodings are converted',
  async (t) => {
    const { take, recall, keys, refused } = await importer('basic-memory')
    const directory = folder(t, {
      'colon.MD':
        '---\ntitle: Core rules: part one\ntags: [alpha, beta]\ncreated: 03.02.2026\n---\n' +
        'Keep calm #bees\n- [rule] calm #quiet\n',
      'alias.markdown': '---\ntitle: *Italic*\ntags:\n- one\n- two\n---\nbody',
      'anchor.md': '---\ntitle: &a Anchor\nother: *a\n---\nbody',
      'bomb.md': `---\na: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
        .split('')
        .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`)
        .join('\n')}\ntitle: Bomb\n---\nbody`,
      'slash.md': '---\ntitle: Slash\ncreated: 03/02/2026\n---\nbody',
      'june.md': '---\ntitle: June\ncreated: 2026-06-31\n---\nbody',
      'empty.md': '',
      '.obsidian/app.md': 'hidden'
    })
    writeFileSync(
      join(directory, 'latin.md'),
      Buffer.from('---\ntitle: Latin\n---\nCaf\xe9 M\xfcller \x93quoted\x94', 'latin1')
    )
    writeFileSync(
      join(directory, 'wide.md'),
      Buffer.from('\ufeff---\ntitle: Wide\n---\näöü', 'utf16le')
    )
    symlinkSync('/etc/hostname', join(directory, 'link.md'))
    const taken = await take(directory)
    t.match(taken, { created: 8, files_read: 9, left_out: { 'notes without text': 1 } })
    t.same(taken.files_left_out, [
      { file: '.obsidian', why: 'hidden' },
      { file: 'link.md', why: 'a symbolic link, which is not followed' }
    ])
    for (const warning of [
      /colon\.MD, line 2: .* read line by line: title, tags, created/,
      /alias\.markdown, line 2: .* title, tags/,
      /slash\.md: created "03\/02\/2026" is not a clear date/,
      /june\.md: created/,
      /latin\.md is not UTF-8; it was read as windows-1252/,
      /wide\.md .* utf-16le/
    ]) {
      t.ok(
        taken.warnings.some((text) => warning.test(text)),
        String(warning)
      )
    }
    t.match(await recall('colon'), {
      occurred_at: '2026-02-03T00:00:00.000Z',
      metadata: { title: 'Core rules: part one' },
      tags: ['alpha', 'beta', 'rule', 'quiet']
    })
    t.match(await recall('alias'), { value: '# *Italic*\n\nbody', tags: ['one', 'two'] })
    t.match(await recall('anchor'), { metadata: { title: 'Anchor', other: 'Anchor' } })
    t.match(await recall('latin'), { value: '# Latin\n\nCafé Müller “quoted”' })
    t.match(await recall('wide'), { value: '# Wide\n\näöü' })
    for (const key of ['slash', 'june']) t.notOk((await recall(key)).occurred_at, key)
    t.equal((await keys()).length, 8)

    writeFileSync(
      join(directory, 'damaged.md'),
      Buffer.concat([Buffer.from('déjà vu, l’été\n\n'), Buffer.from([0xff])])
    )
    writeFileSync(join(directory, 'binary.md'), Buffer.from('a\0b'))
    await refused(
      t,
      directory,
      new RegExp(
        'binary\\.md is no text: it contains NUL bytes\\. ' +
          'damaged\\.md, line 3: the file is UTF-8, but one byte is not\\. Nothing was imported'
      )
    )
    t.match(await take(directory, { skipBroken: true }), {
      created: 1,
      broken: [/binary/, /damaged/]
    })
    t.match(await recall('damaged'), { value: /été\n\n\ufffd$/ })
  }
)

t.test(
  'mem0: the report names missing pages and broken memories, and the rest can be imported',
  async (t) => {
    const { take, refused } = await importer('mem0')
    const file = join(
      folder(t, {
        'page.json': {
          count: 3,
          next: 'https://x.invalid/2',
          previous: null,
          results: [oss, { id: 'x' }, oss]
        }
      }),
      'page.json'
    )
    await refused(t, file, /page\.json, memory 2 is not a memory of mem0: .*its text is missing/)
    t.match(await take(file, { skipBroken: true }), {
      created: 1,
      broken: [/memory 2/],
      left_out: { 'duplicate memories': 1 },
      warnings: [/page\.json is the first page of several \(next: https:\/\/x\.invalid\/2\)/]
    })
  }
)
