import { createHash } from 'node:crypto'
import t from 'tap'
import { people } from '../caller.ts'

const file = (path: string, content: string) => ({ path, content })
const two = [
  file('src/a.ts', 'export const apple = 1\n'),
  file('src/b.ts', "import { apple } from './a.ts'\nexport const pear = apple\n")
]
const pathsIn = ({ answer }: { answer: { results: Array<{ path: string }> } }) =>
  answer.results.map(({ path }) => path)

t.test(
  'files are indexed once, again only when they change, and forgotten when they are gone',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    const index = async (args: object) =>
      (await ada!.call('coding_index_source_code', { project_id: 'p', ...args })).answer
    const search = async (query: string) =>
      pathsIn(await ada!.call('coding_search_source_code', { project_id: 'p', query }))

    t.match(await index({ files: two }), {
      indexed: 2,
      unchanged: 0,
      removed: 0,
      files: 2,
      needed: [],
      as_lines: [],
      unreadable: []
    })
    t.match(await index({ files: two }), { indexed: 0, unchanged: 2, files: 2 })
    t.match(
      await index({ files: [two[0], file('./src\\b.ts', 'export const plum = 2\n')] }),
      { indexed: 1, unchanged: 1, files: 2 },
      'the same path, written otherwise'
    )
    t.same(await search('pear'), [])
    t.same(await search('plum'), ['src/b.ts'])
    t.match(
      await index({ files: [{ ...two[0], language: 'text' }] }),
      { indexed: 1 },
      'another language is read anew'
    )
    t.match(await index({ removed: ['src/b.ts', 'never/there.ts'] }), { removed: 1, files: 1 })
    t.same(await search('plum'), [])
    t.match(await index({ files: [file('only.py', 'x = 1\n')], complete: true }), {
      indexed: 1,
      removed: 1,
      files: 1
    })
    t.match(
      await ada!.refusal('coding_index_source_code', { project_id: 'p' }),
      /Nothing was sent\. Give files with path and content/
    )
    t.match(await index({ complete: true }), { removed: 1, files: 0 })
    t.match(
      await ada!.refusal('coding_search_source_code', { project_id: 'p', query: 'x' }),
      /No source code of project "p" is indexed.*coding_index_source_code/
    )
  }
)

t.test('a client that sends hashes learns which contents are needed', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('coding_index_source_code', {
    project_id: 'p',
    files: [...two, file('old.ts', 'let x')]
  })
  const hash = (text: string) => createHash('sha256').update(text).digest('hex').toUpperCase()
  const listed = [
    { path: 'src/a.ts', sha256: hash(two[0]!.content) },
    { path: 'src/b.ts', sha256: hash('changed') },
    { path: 'new.ts', sha256: hash('new') },
    { path: 'unseen.ts' }
  ]
  const { answer, text } = await ada!.call('coding_index_source_code', {
    project_id: 'p',
    files: listed,
    complete: true
  })
  t.match(answer, {
    indexed: 0,
    unchanged: 1,
    removed: 1,
    needed: ['src/b.ts', 'new.ts', 'unseen.ts'],
    files: 2
  })
  t.match(text, /Send the content of these 3: src\/b\.ts, new\.ts, unseen\.ts/)
})

t.test('the same file sent by several at once is there once', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      ada!.call('coding_index_source_code', {
        project_id: 'p',
        files: [two[0], file('src/b.ts', `export const pear = ${i}\n`)]
      })
    )
  )
  t.same(
    (
      await db
        .selectFrom('code_files')
        .select('path')
        .where('user_id', '=', ada!.user_id)
        .orderBy('path')
        .execute()
    ).map(({ path }) => path),
    ['src/a.ts', 'src/b.ts']
  )
  t.match(
    await db.selectFrom('code_projects').selectAll().where('user_id', '=', ada!.user_id).execute(),
    [{ files: 2, bytes: 45 }]
  )
})

t.test(
  'paths out of the project, too much at once, and a NUL are refused, and then nothing is changed',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    const refusal = (files: object[]) =>
      ada!.refusal('coding_index_source_code', { project_id: 'p', files })
    t.match(
      await refusal([file('../etc/passwd', 'x')]),
      /"\.\.\/etc\/passwd" is not a path of a file in the project/
    )
    t.match(
      await refusal([file('a.ts', 'x'.repeat(1_500_000)), file('b.ts', 'x'.repeat(1_500_000))]),
      /2 files with 3000000 bytes; one call takes up to .* smaller batches/
    )
    t.match(
      await refusal(Array.from({ length: 501 }, (_, i) => file(`${i}.ts`, ''))),
      /These are 501 files/
    )
    t.match(await refusal([file('a.bin', 'a\0b')]), /NUL/)
    t.same(
      await db
        .selectFrom('code_projects')
        .selectAll()
        .where('user_id', '=', ada!.user_id)
        .execute(),
      []
    )
  }
)

t.test(
  'over the quota nothing is indexed and the answer says so; less is always possible',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    const small = ada!.as({ kind: 'api_key', name: 'k' }, undefined, { files: 2, bytes: 100 })
    await small.call('coding_index_source_code', { project_id: 'p', files: two })
    t.match(
      await small.refusal('coding_index_source_code', {
        project_id: 'q',
        files: [file('c.ts', 'c')]
      }),
      new RegExp(
        'quota of 2 files of source code is used up, ' +
          'and nothing of this call was indexed.*CODE_QUOTA_FILES'
      )
    )
    t.match(
      await small.refusal('coding_index_source_code', {
        project_id: 'p',
        files: [file('src/a.ts', 'a'.repeat(99))]
      }),
      /quota of 100 bytes.*CODE_QUOTA_BYTES/
    )
    t.match(
      await small.refusal('coding_search_source_code', { project_id: 'q', query: 'c' }),
      /No source code of project "q" is indexed.*name one of these: p\./
    )
    const smaller = ada!.as({ kind: 'api_key', name: 'k' }, undefined, { files: 1, bytes: 10 })
    t.match(
      (
        await smaller.call('coding_index_source_code', {
          project_id: 'p',
          removed: ['src/a.ts'],
          files: [file('src/b.ts', 'b')]
        })
      ).answer,
      { files: 1, removed: 1 }
    )
  }
)

t.test('text of any kind is kept as it was sent', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  const content = '// naïve “quotes” 日本語 😀 \\ \' " { } $1 \r\n\tconst größe = "NULL"\n'
  await ada!.call('coding_index_source_code', {
    project_id: 'p',
    files: [file('ü/a b.ts', content)]
  })
  const [row] = await db
    .selectFrom('code_pieces')
    .select('text')
    .where('user_id', '=', ada!.user_id)
    .execute()
  t.equal(row!.text, content)
  t.same(
    pathsIn(await ada!.call('coding_search_source_code', { project_id: 'p', query: 'größe' })),
    ['ü/a b.ts']
  )
})

t.test('one bad file of a batch is named with the reason, and the rest is indexed', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const send = (files: object[], more: object = {}) =>
    ada!.call('coding_index_source_code', { project_id: 'mixed', files, ...more })
  const { answer, text } = await send([
    file('ok.ts', 'export const okOne = 1'),
    file('bad.ts', 'a\0b'),
    file('n\0.ts', 'x'),
    file('../out.ts', 'x'),
    file('big.ts', 'x'.repeat(2_100_000)),
    { ...file('latin.ts', '// caf\ufffd'), sha256: 'AB'.repeat(32) }
  ])
  t.match(answer, {
    indexed: 2,
    files: 2,
    unreadable: ['bad.ts', 'n?.ts', '../out.ts', 'big.ts'],
    notes: { length: 5 }
  })
  t.match(
    text,
    new RegExp(
      '- bad\\.ts: not indexed, it contains the NUL character, as binary files do\\.\\n' +
        '.*- big\\.ts: not indexed, it has 2100000 bytes; a file may have 2097152\\.',
      's'
    )
  )
  t.match(text, /- latin\.ts: indexed, but U\+FFFD stands for what was not UTF-8/)
  t.match(
    (await send([{ path: 'latin.ts', sha256: 'ab'.repeat(32) }])).answer,
    { needed: [], unchanged: 1 },
    'known by the bytes that the client has'
  )
  t.match(
    await ada!.refusal('coding_index_source_code', {
      project_id: 'a\0b',
      files: [file('a.ts', 'x')]
    }),
    /NUL character/
  )
})

t.test('an answer lists a hundred files of each kind, and counts the others', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const files = (count: number, name: string, content: string) =>
    Array.from({ length: count }, (_, i) => file(`${name}${i}.txt`, content))
  const { answer, text } = await ada!.call('coding_index_source_code', {
    project_id: 'many',
    files: [...files(150, 'bad', 'a\0b'), ...files(3, 'damaged', 'caf\ufffd')]
  })
  t.equal(answer.indexed, 3)
  t.equal(answer.unreadable.length, 100)
  t.equal(answer.notes.length, 102)
  t.match(answer.notes.slice(-2), [
    '50 more files were not indexed.',
    '3 more files were indexed with U+FFFD for what was not UTF-8.'
  ])
  t.match(text, '- 50 more files were not indexed.\n')
  t.notMatch(text, 'bad100.txt')
})
