import { join } from 'node:path'
import t from 'tap'
import { folder, importer } from './importing.ts'

const message = (role: string, text: string, at: number | null, more: object = {}) => ({
  author: { role, name: null, metadata: {} },
  create_time: at,
  content: { content_type: 'text', parts: [text] },
  status: 'finished_successfully',
  weight: 1,
  metadata: {},
  recipient: 'all',
  ...more
})
const node = (
  id: string,
  parent: string | null,
  children: string[],
  said: object | null = null
) => ({ id, parent, children, message: said && { id, ...said } })
const mapping = (...nodes: Array<ReturnType<typeof node>>) =>
  Object.fromEntries(nodes.map((one) => [one.id, one]))

const harbour = {
  title: 'Buying a lighthouse',
  create_time: 1700000000.25,
  update_time: 1700000900,
  conversation_id: 'c-1',
  id: 'c-1',
  current_node: 'a2',
  mapping: mapping(
    node('root', null, ['sys']),
    node(
      'sys',
      'root',
      ['ctx'],
      message('system', '', null, { metadata: { is_visually_hidden_from_conversation: true } })
    ),
    node('ctx', 'sys', ['u1'], {
      author: { role: 'user' },
      create_time: null,
      content: {
        content_type: 'user_editable_context',
        user_profile: 'Preface:\n```I keep bees```',
        user_instructions: 'Be brief'
      },
      metadata: { is_visually_hidden_from_conversation: true }
    }),
    node('u1', 'ctx', ['a1', 'a1b'], message('user', 'Which lighthouse should I buy?', 1700000010)),
    node('a1', 'u1', [], message('assistant', 'The abandoned answer about windmills', 1700000020)),
    node(
      'a1b',
      'u1',
      ['t1'],
      message('assistant', 'Take the red one.\ue200cite\ue202turn0search1\ue201', 1700000030)
    ),
    node('t1', 'a1b', ['b1'], {
      ...message('assistant', '', 1700000031),
      content: {
        content_type: 'thoughts',
        thoughts: [{ summary: 's', content: 'secret thinking' }]
      }
    }),
    node(
      'b1',
      't1',
      ['b2'],
      message('assistant', 'Wants to buy a lighthouse', 1700000032, { recipient: 'bio' })
    ),
    node('b2', 'b1', ['u2'], {
      ...message('tool', 'Model set context updated.', 1700000033),
      author: { role: 'tool', name: 'bio' }
    }),
    node('u2', 'b2', ['a2'], {
      ...message('user', '', 1700000040),
      content: {
        content_type: 'multimodal_text',
        parts: [
          { content_type: 'image_asset_pointer', asset_pointer: 'sediment://file_1' },
          'And the price?'
        ]
      }
    }),
    node('a2', 'u2', [], message('assistant', 'A song.', 1700000050))
  )
}
const listed = {
  title: 'Later',
  create_time: 1710000000,
  conversation_id: 'c-2',
  current_node: 'gone',
  mapping: mapping(
    node('m', null, ['u'], {
      author: { role: 'assistant' },
      create_time: 1710000001,
      content: {
        content_type: 'model_editable_context',
        model_set_context:
          '1. [2024-03-09]. Wants to buy a lighthouse\n2. [2024-03-09]. Is allergic to cats\n'
      }
    }),
    node('u', 'm', ['a'], message('user', 'Hello', 1710000002)),
    node('a', 'u', [], message('assistant', 'Good day', 1710000003))
  )
}

t.test(
  "ChatGPT's export: the line that the person saw is one sequence, found as one; what it remembered are facts, each once",
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

t.test('a broken export of ChatGPT changes nothing and says where it is broken', async (t) => {
  const { keys, refused } = await importer('chatgpt')
  const directory = folder(t, {
    'whole.json': [harbour],
    'conversations.json': [harbour, { title: 'no mapping' }]
  })
  await refused(
    t,
    directory,
    /conversations\.json, line \d+, element 2 is no conversation of ChatGPT's: it has no mapping\. Nothing was imported/
  )
  const text = JSON.stringify([harbour, listed], null, 1)
  for (const [content, why] of [
    [text.slice(0, -100), /conversations\.json ends in line \d+, in the middle of its JSON array/],
    [
      text.replace('"title": "Later"', '"title": Later'),
      /conversations\.json, line \d+, element 2 is no JSON: /
    ],
    [`${text} []`, /something after the end/],
    ['', /conversations\.json is empty/],
    ['{"error":"expired"}', /no mapping/]
  ] as const) {
    await refused(t, folder(t, { 'conversations.json': content }), why)
  }
  t.same(await keys(), [])
})

const said = (uuid: string, sender: string, text: string, minute: number, more: object = {}) => {
  const at = `2025-03-01T10:${String(minute).padStart(2, '0')}:00.123456Z`
  return {
    uuid,
    sender,
    text,
    content: [
      { type: 'thinking', thinking: 'hidden' },
      { type: 'text', text }
    ],
    created_at: at,
    updated_at: at,
    attachments: [],
    files: [],
    ...more
  }
}
const claudeExport = {
  'conversations.json': [
    {
      uuid: 'k-1',
      name: 'Bees',
      summary: '',
      created_at: '2025-03-01T10:00:00Z',
      updated_at: '2025-03-01T11:00:00Z',
      account: { uuid: 'acc' },
      current_leaf_message_uuid: 'm3',
      chat_messages: [
        said('m1', 'human', 'How do I move a hive?', 1, {
          parent_message_uuid: '00000000-0000-4000-8000-000000000000',
          attachments: [
            {
              file_name: 'hive.txt',
              file_type: 'txt',
              file_size: 9,
              extracted_content: 'ten frames'
            }
          ]
        }),
        said('m2', 'assistant', 'The branch that was edited away', 2, {
          parent_message_uuid: 'm1'
        }),
        said('m3', 'assistant', 'At night, slowly.', 3, { parent_message_uuid: 'm1' })
      ]
    },
    {
      uuid: 'k-2',
      name: 'Older',
      created_at: '2024-01-01T00:00:00Z',
      chat_messages: [
        { uuid: 'o1', sender: 'human', text: 'plain text only', created_at: '2024-01-01T00:00:00Z' }
      ]
    },
    { uuid: 'k-3', name: 'Empty', created_at: '2024-01-01T00:00:00Z', chat_messages: [] }
  ],
  'memories.json': [
    {
      conversations_memory: '**Work** Ada keeps bees.',
      project_memories: { 'p-1': 'The hive has ten frames.' },
      account_uuid: 'acc'
    }
  ],
  'projects.json': [
    {
      uuid: 'p-1',
      name: 'Hives',
      description: 'All about hives',
      is_private: true,
      is_starter_project: false,
      prompt_template: 'Answer as a beekeeper',
      created_at: '2025-01-01T00:00:00Z',
      docs: [
        {
          uuid: 'd-1',
          filename: 'plan.md',
          content: 'Build twelve',
          created_at: '2025-01-02T00:00:00Z'
        }
      ]
    },
    {
      uuid: 'p-2',
      name: 'How to use Claude',
      is_starter_project: true,
      prompt_template: '',
      docs: []
    }
  ],
  'users.json': [{ uuid: 'acc', full_name: 'Ada', email_address: 'ada@example.com' }]
}

t.test(
  "Claude's export: conversations along the branch that was kept, memories, projects with their documents",
  async (t) => {
    const { ada, take, refused, links, recall, keys } = await importer('claude')
    const directory = folder(t, claudeExport)
    t.match(await take(directory), { created: 9, links: 1 })
    t.match(await take(directory), {
      created: 0,
      changed: 0,
      unchanged: 9,
      links: 0,
      links_unchanged: 1
    })
    t.same(await keys(), [
      'claude/k-1',
      'claude/k-1/m1',
      'claude/k-1/m3',
      'claude/k-2',
      'claude/k-2/o1',
      'claude/memory',
      'claude/project/p-1',
      'claude/project/p-1/d-1',
      'claude/project/p-1/memory'
    ])
    t.match(await recall('claude/k-1/m1'), {
      value: 'How do I move a hive?\n\n[hive.txt]\nten frames',
      speaker: 'user',
      session_id: 'claude/k-1',
      occurred_at: '2025-03-01T10:01:00.123Z'
    })
    t.match(await recall('claude/project/p-1'), {
      value: 'Hives\n\nAll about hives\n\nAnswer as a beekeeper',
      tags: ['Hives']
    })
    t.same(await links(), ['claude/project/p-1 includes claude/project/p-1/d-1'])
    const { results } = (await ada.call('memory_search', { query: 'at night slowly' })).answer
    t.match(results[0], { key: 'claude/k-1/m3' })
    t.ok(
      results.some(({ key }: { key: string }) => key === 'claude/k-1/m1'),
      'what stands beside it'
    )
    t.match(
      await take(
        folder(t, {
          'projects/p-1.json': claudeExport['projects.json'][0],
          'memories/acc.json': claudeExport['memories.json'][0]
        })
      ),
      { created: 0, unchanged: 4 }
    )
    await refused(
      t,
      join(directory, 'users.json'),
      /users\.json, line 2, element 1 is no conversation, memory or project/
    )
    await refused(
      t,
      folder(t, { 'conversations.json': [{ uuid: 'x', chat_messages: [{ sender: 'human' }] }] }),
      /element 1, message 1 has no uuid/
    )
  }
)

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
      /conversations-001\.json ends in line 1.*conversations\.json, line \d+, element 1 is no conversation.*And 1 more like that\. Nothing was imported\. Mend it, or take the rest with --skip-broken/
    )
    const dry = await take(directory, { skipBroken: true, dryRun: true })
    t.match(dry, {
      created: 5,
      broken: { length: 6 },
      files_read: 2,
      left_out: { 'conversations without text': 1 }
    })
    t.same(await keys(), [])
    const { dry_run: _, ...said } = await take(directory, { skipBroken: true })
    t.same(said, (({ dry_run: _, ...rest }) => rest)(dry), 'the dry run tells the same')
    t.match(said.broken, [
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
  'the same conversation in two files is one, by its newest copy; canvas, artifacts and what is left out are told',
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
        'conversations that stand there twice': 2,
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

t.test(
  "Claude's export of September 2026: folders named after its archives; artifacts come in, a broken conversation is named",
  async (t) => {
    const { take, recall, refused } = await importer('claude')
    const artifact = {
      type: 'tool_use',
      name: 'artifacts',
      input: { id: 'planner', title: 'Planner', command: 'create', content: 'March: sow parsnips' }
    }
    const project = claudeExport['projects.json'][0]
    const bees = {
      uuid: 'k-9',
      name: 'Plan',
      chat_messages: [
        said('m1', 'assistant', 'Here it is', 1, {
          content: [
            { type: 'thinking' },
            { type: 'text', text: 'Here it is' },
            artifact,
            { type: 'tool_use', name: 'web_search', input: {} }
          ]
        })
      ]
    }
    const directory = folder(t, {
      'conversations-000/conversations.json': [
        bees,
        { uuid: 'k-8', name: 'Broken', chat_messages: null }
      ],
      'data-batch-0001/projects-000/p-1.json': project,
      'memories-000/memories.json': { conversations_memory: 'Keeps bees', project_memories: {} },
      'manifest.json': { files: ['conversations-000.zip'] }
    })
    await refused(
      t,
      directory,
      /conversations-000\/conversations\.json, line \d+, element 2 is a conversation whose chat_messages are no list\. Nothing was imported/
    )
    const taken = await take(directory, { skipBroken: true })
    t.match(taken, {
      created: 6,
      links: 1,
      broken: [/element 2/],
      left_out: {
        thoughts: 1,
        'tool calls': 1,
        'files that hold no conversation, memory or project (manifest.json)': 1
      }
    })
    t.match(await recall('claude/k-9/m1/artifact'), {
      value: '# Planner\n\nMarch: sow parsnips',
      type: 'document'
    })
    t.equal((await recall('claude/k-9/m1')).value, 'Here it is')
    await refused(
      t,
      folder(t, { 'conversations.json': [harbour] }),
      /It looks like ChatGPT's: use --from chatgpt/
    )
  }
)
