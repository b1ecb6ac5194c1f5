import { join } from 'node:path'
import t from 'tap'
import { harbour } from './chatgpt-export.ts'
import { folder, importer } from './importing.ts'

const chatMessage = (
  uuid: string,
  sender: string,
  text: string,
  minute: number,
  more: object = {}
) => {
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
        chatMessage('m1', 'human', 'How do I move a hive?', 1, {
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
        chatMessage('m2', 'assistant', 'The branch that was edited away', 2, {
          parent_message_uuid: 'm1'
        }),
        chatMessage('m3', 'assistant', 'At night, slowly.', 3, { parent_message_uuid: 'm1' })
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
  "Claude's export: kept branches of conversations, memories, projects with their documents",
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
      /users\.json, line 2, element 1 is not a conversation, memory or project/
    )
    await refused(
      t,
      folder(t, { 'conversations.json': [{ uuid: 'x', chat_messages: [{ sender: 'human' }] }] }),
      /element 1, message 1 has no uuid/
    )
  }
)

t.test(
  "Claude's export in several archives: artifacts are imported, a broken conversation is named",
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
        chatMessage('m1', 'assistant', 'Here it is', 1, {
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
      new RegExp(
        'conversations-000/conversations\\.json, line \\d+, element 2 is a conversation ' +
          'whose chat_messages are not a list\\. Nothing was imported'
      )
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
