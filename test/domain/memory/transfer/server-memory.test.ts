import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import t from 'tap'
import type { Teardown } from '../../../support/helper.ts'
import { root } from '../../../support/sources.ts'
import { kagura, refuses } from '../../../cli/command.ts'
import { folder, importer } from './importing.ts'

/** A file as the npm server writes it. */
async function written(t: Teardown, file: string): Promise<void> {
  const server = join(root, 'node_modules/@modelcontextprotocol/server-memory/dist/index.js')
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [server],
      env: { MEMORY_FILE_PATH: file },
      stderr: 'ignore'
    })
  )
  t.teardown(() => client.close())
  const call = (name: string, args: object) => client.callTool({ name, arguments: { ...args } })
  await call('create_entities', {
    entities: [
      {
        name: 'Ada Lovelace',
        entityType: 'person',
        observations: ['Speaks French', 'Likes "quoted" 🗼']
      },
      { name: 'Engine', entityType: 'machine', observations: [] }
    ]
  })
  await call('create_relations', {
    relations: [{ from: 'Ada Lovelace', to: 'Engine', relationType: 'works on' }]
  })
  await call('add_observations', {
    observations: [{ entityName: 'Ada Lovelace', contents: ['Lives in London'] }]
  })
}

t.test(
  'a second import takes what changed in the file and keeps what was changed here',
  async (t) => {
    const { settings, ada, args, take, links, keys, recall } = await importer('server-memory')
    const file = join(folder(t, {}), 'memory.jsonl')
    await written(t, file)
    const dry = await take(file, { dryRun: true })
    t.match(dry, {
      dry_run: true,
      created: 2,
      changed: 0,
      links: 1,
      examples: [{ change: 'created', key: 'Ada Lovelace', value: /Speaks French/ }]
    })
    t.same(await keys(), [])
    t.match(await take(file), {
      created: 2,
      links: 1,
      links_left_out: 0,
      written_as: 'import from server-memory'
    })
    t.match(await recall('Ada Lovelace'), {
      value: 'Speaks French\nLikes "quoted" 🗼\nLives in London',
      type: 'person',
      source: 'import from server-memory'
    })
    t.equal((await recall('Engine')).value, 'Engine')
    t.same(await links(), ['Ada Lovelace works_on Engine'])
    t.match(await take(file), {
      created: 0,
      changed: 0,
      unchanged: 2,
      kept: 0,
      links: 0,
      links_unchanged: 1
    })

    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replace('Lives in London', 'Lives in Ockham')
        .replace('"observations":[]', '"observations":["Is a machine"]')
    )
    await ada.call('memory_update', { key: 'Engine', value: 'The analytical one' })
    await ada.call('graph_unlink', { from: 'Ada Lovelace', to: 'Engine' })
    const { stdout } = await kagura(settings, [...args, file])
    t.match(
      stdout,
      new RegExp(
        '^Memories: 0 created, 1 changed, 0 unchanged, ' +
          '1 kept because they were changed or deleted here\\.\\n' +
          'Links: 0 created, 1 unchanged, 0 left out\\.\\n' +
          'CHANGE .*To undo this import: npx kagura memory undo',
        's'
      )
    )
    t.match(await recall('Ada Lovelace'), { value: /Ockham/ })
    t.match(await recall('Engine'), { value: 'The analytical one' })
    await ada.call('memory_delete', { key: 'Ada Lovelace' })
    t.match(await take(file), { created: 0, kept: 2 }, 'nor does what was deleted here come back')
  }
)

t.test('an import can be undone, and done again', async (t) => {
  const { settings, ada, take, keys, links } = await importer('server-memory')
  const file = join(folder(t, {}), 'memory.jsonl')
  await written(t, file)
  await take(file)
  t.match(
    (
      await kagura(settings, [
        'memory',
        'undo',
        '--user',
        ada.email,
        '--client',
        'import from server-memory',
        '--since',
        '1h'
      ])
    ).stdout,
    /Undone: 2 memories.*Undone: 1 link/s
  )
  t.same([await keys(), await links()], [[], []])
  t.match(await take(file), { created: 2, links: 1 })
})

t.test(
  'a bad line, an archive, an empty folder, an unknown format: one clear line, nothing written',
  async (t) => {
    const { settings, args, keys, refused } = await importer('server-memory')
    const file = join(folder(t, {}), 'memory.jsonl')
    await written(t, file)
    const good = `${readFileSync(file, 'utf8').trim()}\n`
    for (const [content, why] of [
      [
        `${good}{"type":"entity"`,
        /memory\.jsonl, line 4 is not valid JSON: .*Nothing was imported\./
      ],
      [`${good}\n[]\n`, /memory\.jsonl, line 5 is not a JSON object/],
      [good.replace('"machine"', '7'), /memory\.jsonl, line 2 is not an entity/],
      [`${good}{"type":"thought"}`, /line 4 is not an entity or relation/],
      ['', /nothing to import/],
      ['PK\u0003\u0004', /not a valid zip archive/]
    ] as const) {
      writeFileSync(file, content)
      await refused(t, file, why)
    }
    await refuses(t, settings, [...args, file], /zip archive/)
    writeFileSync(file, Buffer.from([0x1f, 0x8b, 8, 0]))
    await refused(t, file, /gzip/)
    await refused(t, join(file, '..'), /contains nothing to import. server-memory: give the file/)
    await refused(t, '/nowhere/at/all', /cannot be read: ENOENT/)
    await refuses(
      t,
      settings,
      [...args.slice(0, -1), 'notion', file],
      /no format "notion"\. The formats are: server-memory, mem0, basic-memory, chatgpt, claude/
    )
    t.same(await keys(), [])
  }
)

t.test('a long import tells how far it is, and each limit of ours is kept', async (t) => {
  const { db, settings, ada, args, recall } = await importer('server-memory')
  const line = (name: string, value: string) =>
    `${JSON.stringify({
      type: 'entity',
      name,
      entityType: 'x'.repeat(100),
      observations: [value]
    })}\n`
  const file = join(
    folder(t, {
      'm.jsonl':
        line('k'.repeat(300), 'long key') +
        line('twice', 'first') +
        line('twice', 'second') +
        line('nul', 'a\0b\ud800')
    }),
    'm.jsonl'
  )
  appendFileSync(file, line('whole', `${'🗼'.repeat(700_000)}${'x'.repeat(500_000)}`))
  for (let i = 0; i < 500; i++) appendFileSync(file, line(`n${i}`, `note ${i}`))
  const { stderr, code } = await kagura(settings, [...args, file, '--namespace', 'old'])
  t.match(stderr, /^5\d\d of 505\n$/)
  t.equal(code, 0)
  const rows = await db
    .selectFrom('memories')
    .select(['key', 'value', 'agent_name', 'type'])
    .where('user_id', '=', ada.user_id)
    .where('key', 'not like', 'n%_')
    .orderBy('key')
    .execute()
  t.same(
    rows.map(({ key, value, agent_name: namespace, type }) => [
      key.length,
      value.slice(0, 10),
      namespace,
      type.length
    ]),
    [
      [247, 'long key', 'old', 64],
      [5, 'first', 'old', 64],
      [9, 'second', 'old', 64],
      [5, '🗼🗼🗼🗼🗼', 'old', 64],
      [12, rows.at(-1)!.value.slice(0, 10), 'old', 64]
    ]
  )
  t.equal(
    (await ada.call('memory_recall', { key: 'nul', agent_name: 'old' })).answer.value,
    'ab\ufffd'
  )
  await t.rejects(recall('nul'))
})

t.test(
  'two objects in a line are split, bad lines are reported, and --skip-broken takes the rest',
  async (t) => {
    const { settings, args, take, keys, refused } = await importer('server-memory')
    const entity = (name: string, more: object = {}) =>
      JSON.stringify({
        type: 'entity',
        name,
        entityType: 'person',
        observations: [`is ${name}`],
        ...more
      })
    const lines = [
      entity('Ada') + entity('Bob'),
      entity('Cy', { observations: ['a', null] }),
      entity('Di', { observations: {} }),
      '{"type":"entity","na',
      entity('Eve'),
      entity('Eve'),
      '{"results":[]}'
    ]
    const file = join(folder(t, { 'm.jsonl': lines.join('\r\n') }), 'm.jsonl')
    await refused(
      t,
      file,
      new RegExp(
        'm\\.jsonl, line 2 is not an entity of server-memory: ' +
          'observation 2 must be text and is null\\. ' +
          'm\\.jsonl, line 3 is not an entity .*: ' +
          'observations must be a list of texts and is an object\\. ' +
          '.*line 4 is not valid JSON.*Nothing was imported'
      )
    )
    t.match(await take(file, { skipBroken: true, dryRun: true }), {
      created: 3,
      broken: { length: 4 },
      warnings: [/line 1 holds 2 objects; all were read/]
    })
    const { stdout } = await kagura(settings, [...args, file, '--skip-broken'])
    t.match(
      stdout,
      new RegExp(
        'Read: 1 file\\. Left out: 1 duplicate memories\\.\\n' +
          'Warnings: 1\\n.*line 1 holds 2 objects.*Broken and skipped: 4\\n' +
          ' {2}m\\.jsonl, line 2 .*\\n {2}m\\.jsonl, line 3 .*\\n {2}m\\.jsonl, line 4 ',
        's'
      )
    )
    t.same(await keys(), ['Ada', 'Bob', 'Eve'])
    const graph = {
      entities: [{ name: 'Fay', entityType: 'person', observations: [] }],
      relations: [{ from: 'Fay', to: 'Fay', relationType: 'is' }]
    }
    t.match(await take(join(folder(t, { 'g.json': graph }), 'g.json')), { created: 1 })
  }
)
