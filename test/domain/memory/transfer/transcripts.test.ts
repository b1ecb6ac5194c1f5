import { join } from 'node:path'
import t from 'tap'
import { folder, importer } from './importing.ts'

const lines = (...values: unknown[]) =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n')

/** A line of Claude Code at a minute of 1 November 2026. */
const claudeLine = (
  type: string,
  uuid: string,
  parentUuid: string | null,
  minute: number,
  content: unknown,
  more: object = {}
) => ({
  type,
  uuid,
  parentUuid,
  sessionId: 's-1',
  timestamp: `2026-11-01T10:${String(minute).padStart(2, '0')}:00.000Z`,
  cwd: '/srv/hive',
  gitBranch: 'main',
  isSidechain: false,
  message: { role: type, content },
  ...more
})

const reminder = '<system-reminder>Today is Sunday.</system-reminder>'
const hiveSession = [
  { type: 'file-history-snapshot', messageId: 'x', snapshot: {} },
  claudeLine('user', 'u1', null, 0, `Move the hive.\n${reminder}`),
  claudeLine('assistant', 'a0', 'u1', 1, [{ type: 'text', text: 'An answer that was undone.' }]),
  claudeLine('assistant', 'a1', 'u1', 2, [{ type: 'thinking', thinking: 'hm' }]),
  claudeLine('assistant', 'a2', 'a1', 2, [{ type: 'text', text: 'I look at it first.' }]),
  claudeLine('assistant', 'a3', 'a2', 2, [
    { type: 'tool_use', id: 't', name: 'Bash', input: { command: 'cat .env' } }
  ]),
  claudeLine('user', 'r1', 'a3', 3, [{ type: 'tool_result', tool_use_id: 't', content: 'TOKEN' }]),
  claudeLine('user', 'sub', null, 3, 'Prompt of a subagent', { isSidechain: true }),
  claudeLine('assistant', 'a4', 'r1', 4, [
    { type: 'text', text: 'The key is sk-ant-0123456789abcdef0123.' }
  ]),
  {
    type: 'system',
    subtype: 'compact_boundary',
    uuid: 'c1',
    parentUuid: null,
    logicalParentUuid: 'a4',
    sessionId: 's-1',
    timestamp: '2026-11-01T10:05:00.000Z'
  },
  claudeLine('user', 'c2', 'c1', 5, 'This session is being continued', { isCompactSummary: true }),
  claudeLine(
    'user',
    'u2',
    'c2',
    6,
    '<command-message>review</command-message>\n<command-name>/review</command-name>\n' +
      '<command-args>the frames</command-args>'
  ),
  claudeLine('user', 'u3', 'u2', 7, '<command-name>/clear</command-name>'),
  claudeLine('assistant', 'a5', 'u3', 8, [{ type: 'text', text: 'Ten frames are fine.' }]),
  { type: 'custom-title', customTitle: 'Moving the hive', sessionId: 's-1' }
]

t.test(
  'a transcript of Claude Code becomes a sequence: what was typed and answered, secrets redacted',
  async (t) => {
    const { ada, take, refused, recall, keys } = await importer('claude-code')
    const resumed = hiveSession.slice(1, 5).map((line) => ({ ...line, sessionId: 's-2' }))
    const directory = folder(t, {
      '-home-ada-hive/s-1.jsonl': lines(...hiveSession),
      '-home-ada-hive/a-resumed.jsonl': lines(
        ...resumed,
        claudeLine('user', 'n1', 'a2', 30, 'Move it at night.', { sessionId: 's-2' }),
        '{"type":"assistant","uuid":"half'
      ),
      'history.jsonl': '{"display":"old prompt"}'
    })
    const taken = await take(directory)
    t.match(taken, {
      created: 7,
      files_read: 2,
      left_out: {
        'messages of other branches': 2, // once more in the copy
        'messages of subagents': 1,
        'results of tools': 1,
        'tool calls': 1,
        'summaries of what was compacted': 1,
        'commands without a text': 1,
        'messages that an earlier transcript holds': 2
      },
      files_left_out: [{ file: 'history.jsonl' }]
    })
    t.match(taken.warnings, [
      /a-resumed\.jsonl, line 6, the last one, is incomplete/,
      /s-1\.jsonl: 1 text that looked like a secret became \[redacted\]/
    ])
    t.match(await take(directory), { created: 0, changed: 0, unchanged: 7 })
    const sessionKeys = ['', '/a2', '/a4', '/a5', '/u1', '/u2'].map((id) => `claude-code/s-1${id}`)
    t.same(await keys(), [...sessionKeys, 'claude-code/s-2/n1'])
    t.match(await recall('claude-code/s-1'), { value: 'Moving the hive', type: 'conversation' })
    t.match(await recall('claude-code/s-1/u1'), {
      value: 'Move the hive.',
      speaker: 'user',
      session_id: 'claude-code/s-1',
      occurred_at: '2026-11-01T10:00:00.000Z',
      metadata: { project: 'hive', directory: '/srv/hive', branch: 'main' }
    })
    t.equal((await recall('claude-code/s-1/a4')).value, 'The key is [redacted].')
    t.equal((await recall('claude-code/s-1/u2')).value, '/review the frames')
    const { results } = (await ada.call('memory_search', { query: 'Ten frames fine' })).answer
    t.equal(results[0].key, 'claude-code/s-1/a5')
    t.equal((await recall('claude-code/s-1/a5')).speaker, 'Claude')

    const broken = folder(t, {
      'good.jsonl': lines(claudeLine('user', 'g1', null, 1, 'Fine', { sessionId: 's-3' })),
      'torn.jsonl': lines(hiveSession[1], '{"type":"user"', hiveSession[2])
    })
    await refused(t, broken, /torn\.jsonl, line 2 is not a JSON object\. Nothing was imported/)
    t.match(await take(broken, { skipBroken: true }), { created: 1, broken: [/torn/] })
    const chatgpt = folder(t, { 'x.jsonl': '{"mapping":{},"current_node":"x"}' })
    await refused(t, join(chatgpt, 'x.jsonl'), /it has no type\. It looks like ChatGPT's/)
  }
)

const codexLine = (minute: number, type: string, payload: object) => ({
  timestamp: `2026-11-02T09:${String(minute).padStart(2, '0')}:00.000Z`,
  type,
  payload
})
const codexMessage = (minute: number, role: string, text: string) =>
  codexLine(minute, 'response_item', {
    type: 'message',
    role,
    content: [{ type: role === 'user' ? 'input_text' : 'output_text', text }]
  })
const codexTyped = (minute: number, message: string) =>
  codexLine(minute, 'event_msg', { type: 'user_message', message })

const codexMeta = (id: string, more: object = {}) =>
  codexLine(0, 'session_meta', {
    id,
    timestamp: '2026-11-02T09:00:00.000Z',
    cwd: 'C:\\work\\honey',
    originator: 'codex_cli_rs',
    cli_version: '0.99.0',
    source: 'cli',
    git: { branch: 'trunk' },
    ...more
  })

const codexSessions = {
  '2026/11/02/rollout-2026-11-02T09-00-00-c-1.jsonl': lines(
    codexMeta('c-1'),
    codexMessage(1, 'developer', 'You are Codex'),
    codexMessage(1, 'user', '<environment_context>x</environment_context>'),
    codexMessage(2, 'user', 'Label the jars. password: hunter22'),
    codexTyped(2, 'Label the jars. password: hunter22'),
    codexLine(3, 'response_item', { type: 'reasoning', summary: [] }),
    codexLine(3, 'response_item', { type: 'function_call', name: 'shell' }),
    codexLine(3, 'response_item', { type: 'function_call_output', output: 'ok' }),
    codexMessage(4, 'assistant', 'Labelled.'),
    codexLine(4, 'event_msg', { type: 'agent_message', message: 'Labelled.' }),
    codexMessage(5, 'user', 'Throw them away'),
    codexTyped(5, 'Throw them away'),
    codexMessage(6, 'assistant', 'Done.'),
    codexLine(7, 'event_msg', { type: 'thread_rolled_back', num_turns: 1 }),
    codexTyped(
      8,
      '# Context from my IDE setup:\n\n## Open tabs:\n- a.ts\n\n' +
        '## My request for Codex:\nSort them'
    )
  ),
  'rollout-2025-06-01-old.jsonl': lines(
    { id: 'old', timestamp: '2025-06-01T08:00:00Z', instructions: null },
    { record_type: 'state' },
    {
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text: '<user_instructions>x</user_instructions>' }]
    },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
    { type: 'function_call', name: 'shell', arguments: '{}' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] }
  ),
  'rollout-sub.jsonl': lines(
    codexMeta('sub', { source: { subagent: 'review' } }),
    codexTyped(1, 'Review it')
  )
}

t.test(
  'a transcript of Codex becomes a sequence, in its new and its old form, without what was undone',
  async (t) => {
    const { take, refused, recall, keys } = await importer('codex')
    const directory = folder(t, codexSessions)
    const taken = await take(directory)
    t.match(taken, {
      created: 5,
      files_read: 3,
      left_out: {
        'messages of the system': 1,
        thoughts: 1,
        'tool calls': 2,
        'results of tools': 1,
        'messages that were rolled back': 2,
        'sessions of subagents': 1,
        'hidden messages': 1
      }
    })
    t.match(taken.warnings, [/c-1\.jsonl: 1 text that looked like a secret/])
    t.match(await take(directory), { created: 0, changed: 0, unchanged: 5 })
    t.same(await keys(), [
      'codex/c-1/15',
      'codex/c-1/5',
      'codex/c-1/9',
      'codex/old/4',
      'codex/old/6'
    ])
    t.match(await recall('codex/c-1/5'), {
      value: 'Label the jars. password: [redacted]',
      speaker: 'user',
      session_id: 'codex/c-1',
      occurred_at: '2026-11-02T09:02:00.000Z',
      metadata: { project: 'honey', branch: 'trunk' }
    })
    t.match(await recall('codex/c-1/15'), { value: 'Sort them' })
    t.match(await recall('codex/old/6'), {
      value: 'Hi',
      speaker: 'Codex',
      occurred_at: '2025-06-01T08:00:00.000Z'
    })
    const strange = folder(t, { 'rollout-x.jsonl': lines(hiveSession[1]) })
    await refused(
      t,
      strange,
      /line 1 is not the beginning of a transcript of Codex\. It looks like Claude Code's: use --from claude-code/
    )
  }
)
