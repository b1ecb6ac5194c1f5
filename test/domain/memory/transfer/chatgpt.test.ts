import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeZip } from '../../../support/zip.ts'
import { harbour, listed, mapping, message, node } from './chatgpt-export.ts'
import { folder, importer } from './importing.ts'

t.test(
  "ChatGPT's export: the conversation that the user saw is one sequence, each memory one fact",
  async (t) => {
    const { ada, take, keys, recall } = await importer('chatgpt')
    const directory = folder(t, {
      'conversations-000.json': [harbour],
      'conversations-001.json': [listed],
      'user.json': {},
      'chat.html': '<html>'
    })
    t.match(await take(directory, { dryRun: true }), { created: 12, links: 0 })
    t.match(await take(directory), { created: 12, changed: 0, written_as: 'import from ChatGPT' })
    t.match(await take(directory), { created: 0, changed: 0, unchanged: 12, kept: 0 })
    const facts = (await keys()).filter((key) => key.startsWith('chatgpt/memory/'))
    t.same((await Promise.all(facts.map(async (key) => (await recall(key)).value))).toSorted(), [
      'Is allergic to cats',
      'Wants to buy a lighthouse'
    ])
    t.equal((await recall('chatgpt/about the person')).value, 'I keep bees')
    t.equal((await recall('chatgpt/custom instructions')).value, 'Be brief')

    const { results } = (
      await ada.call('memory_search', { query: 'which lighthouse', type: 'interaction' })
    ).answer
    t.same(
      results
        .slice(0, 3)
        .map(({ key }: { key: string }) => key)
        .toSorted(),
      ['chatgpt/c-1/a1b', 'chatgpt/c-1/u1', 'chatgpt/c-1/u2']
    )
    t.match(results[0], { key: 'chatgpt/c-1/u1', session_id: 'chatgpt/c-1' })
    t.match(await recall('chatgpt/c-1/a1b'), {
      value: 'Take the red one.',
      speaker: 'ChatGPT',
      occurred_at: '2023-11-14T22:13:50.000Z',
      metadata: { conversation: 'Buying a lighthouse' }
    })
    t.match(await recall('chatgpt/c-1'), { value: 'Buying a lighthouse', type: 'conversation' })
    t.equal((await recall('chatgpt/c-1/u2')).value, 'And the price?')
    const all = JSON.stringify((await ada.call('memory_list')).answer)
    t.notMatch(all, /windmill|secret thinking|context updated|cite/)
  }
)

t.test('the zip that ChatGPT sends is read as it is, and a fault in it is named', async (t) => {
  const { take, keys, refused } = await importer('chatgpt')
  const zip = join(folder(t, {}), 'export.zip')
  const content = JSON.stringify([harbour, listed])
  writeFileSync(zip, makeZip([{ name: 'a/conversations.json', content }]))
  t.match(await take(zip), { created: 12, files_read: 1 })
  t.equal((await keys()).length, 12)
  writeFileSync(zip, makeZip([{ name: 'a/conversations.json', content: content.slice(0, -9) }]))
  await refused(t, zip, /a\/conversations\.json ends in line 1, in the middle/)
  writeFileSync(zip, makeZip([{ name: 'photo.png', content: 'x' }]))
  await refused(t, zip, /The archive .* contains nothing to import/)
})

t.test('a broken export of ChatGPT changes nothing and says where it is broken', async (t) => {
  const { keys, refused } = await importer('chatgpt')
  const directory = folder(t, {
    'whole.json': [harbour],
    'conversations.json': [harbour, { title: 'no mapping' }]
  })
  await refused(
    t,
    directory,
    new RegExp(
      'conversations\\.json, line \\d+, element 2 is not a conversation of ChatGPT: ' +
        'it has no mapping\\. Nothing was imported'
    )
  )
  const text = JSON.stringify([harbour, listed], null, 1)
  for (const [content, why] of [
    [text.slice(0, -100), /conversations\.json ends in line \d+, in the middle of its JSON array/],
    [
      text.replace('"title": "Later"', '"title": Later'),
      /conversations\.json, line \d+, element 2 is not valid JSON: /
    ],
    [`${text} []`, /text after the end/],
    ['', /conversations\.json is empty/],
    ['{"error":"expired"}', /no mapping/]
  ] as const) {
    await refused(t, folder(t, { 'conversations.json': content }), why)
  }
  t.same(await keys(), [])
})

t.test(
  'a broken conversation is refused by default, and skipped and listed with the word for it',
  async (t) => {
    const { take, refused, keys } = await importer('chatgpt')
    const broken = [
      { ...listed, mapping: null },
      'text',
      null,
      { mapping: {} },
      { ...listed, mapping: [] }
    ]
    const directory = folder(t, {
      'conversations.json': [...broken, { ...listed, current_node: 'a' }],
      'conversations-001.json': '[{"conversation_id":"x","mapping":{}}, {"conv'
    })
    await refused(
      t,
      directory,
      new RegExp(
        'conversations-001\\.json ends in line 1.*' +
          'conversations\\.json, line \\d+, element 1 is not a conversation.*' +
          'And 1 more like that\\. Nothing was imported\\. ' +
          'Correct the file, or import the rest with --skip-broken'
      )
    )
    const dry = await take(directory, { skipBroken: true, dryRun: true })
    t.match(dry, {
      created: 5,
      broken: { length: 6 },
      files_read: 2,
      left_out: { 'conversations without text': 1 }
    })
    t.same(await keys(), [])
    const { dry_run: _, ...result } = await take(directory, { skipBroken: true })
    t.same(result, (({ dry_run: _, ...rest }) => rest)(dry), 'the dry run tells the same')
    t.match(result.broken, [
      /conversations-001\.json ends in/,
      /element 1 is no/,
      /element 2 is no/,
      /element 3 is no/,
      /element 4 has no conversation_id/,
      /element 5 is no/
    ])
  }
)

t.test(
  'no message is lost where the chain of parents has a gap, and none is taken twice',
  async (t) => {
    const { ada, take } = await importer('chatgpt')
    const turns = ['u1', 'a1', 'u2', 'a2', 'u3'].map((id, i) =>
      node(id, null, [], message(i % 2 ? 'assistant' : 'user', `turn ${i + 1}`, 1700000000 + i))
    )
    const chained = (more: (id: string, i: number) => object) =>
      mapping(
        ...turns.map((turn, i) => ({
          ...turn,
          parent: i === 0 ? null : turns[i - 1]!.id,
          ...more(turn.id, i)
        }))
      )
    const shapes = {
      gap: chained((id) => (id === 'u2' ? { parent: null } : {})),
      dangling: chained((id) => (id === 'u2' ? { parent: 'lost' } : {})),
      children: chained((_, i) => ({
        parent: undefined,
        children: turns[i + 1] ? [turns[i + 1]!.id] : []
      })),
      nothing: chained(() => ({ parent: null })),
      circle: chained((id) => (id === 'u1' ? { parent: 'u3' } : {}))
    }
    const conversations = Object.entries(shapes).map(([id, mapping]) => ({
      id,
      title: '',
      create_time: 1700000000,
      current_node: 'u3',
      mapping
    }))
    const taken = await take(folder(t, { 'conversations.json': conversations }))
    t.match(taken, {
      created: 25,
      warnings: [
        /element 1: the chain of messages has a gap\. Its 2 pieces/,
        /element 2/,
        /element 4: .* 5 pieces/
      ]
    })
    t.equal(taken.warnings.length, 3)
    for (const id of Object.keys(shapes)) {
      const rows = (await ada.call('memory_list', { limit: 100 })).answer.memories.filter(
        ({ session_id: session, key }: any) =>
          session === `chatgpt/${id}` || key.startsWith(`chatgpt/${id}/`)
      )
      t.equal(rows.length, 5, id)
    }
  }
)

t.test(
  'the newest copy of a conversation counts; the report lists canvas, artifacts and omissions',
  async (t) => {
    const { take, recall } = await importer('chatgpt')
    const older = {
      ...listed,
      update_time: 1710000005,
      mapping: mapping(node('u', null, [], message('user', 'Older words', 1710000002)))
    }
    const canvas = message(
      'assistant',
      JSON.stringify({ name: 'plan', type: 'document', content: '# The plan\n- rope' }),
      1710000004,
      { recipient: 'canmore.create_textdoc' }
    )
    const newer = {
      ...listed,
      update_time: 1710000009,
      current_node: 'c',
      mapping: {
        ...listed.mapping,
        ...mapping(
          node('c', 'a', [], canvas),
          node('b', 'u', [], message('assistant', 'Another branch', 1710000003))
        )
      }
    }
    const directory = folder(t, {
      'a/conversations.json': [older],
      'conversations-000/export.json': [newer],
      'conversations.json': [newer],
      'user.json': { id: 1 }
    })
    const taken = await take(directory)
    t.match(taken, {
      files_read: 4,
      warnings: [],
      left_out: {
        'duplicate conversations': 2,
        'messages of other branches': 1,
        'files that hold no conversations (user.json)': 1
      }
    })
    t.equal((await recall('chatgpt/c-2/u')).value, 'Hello')
    t.match(await recall('chatgpt/c-2/c/canvas'), {
      value: '# The plan\n- rope',
      type: 'document',
      session_id: 'chatgpt/c-2'
    })
    t.match(await take(directory), { created: 0, changed: 0 })
  }
)
