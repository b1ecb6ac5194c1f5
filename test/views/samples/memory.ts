import type { Memory } from '../../../db/memory/memories.ts'
import { showValue } from '../../../plugins/console/memory-text.ts'
import type { MemoryDetails, MemoryForm } from '../../../plugins/console/pages/memories.ts'
import { diffWords } from '../../../plugins/console/word-diff.ts'
import { hostile } from './hostile.ts'
import { filterNames, memoryListSamples } from './memories.ts'
import { day, frameOf, type Sample } from './sample.ts'

const frame = frameOf('memories')
const memory: Memory = {
  user_id: 'u1',
  memory_id: 'e514a3c0-6a5c-4a43-9f0c-3a4c6d6f9f11',
  memory_no: 1,
  agent_name: 'global',
  key: 'favourite_color',
  value: 'My favourite colour is blue.\nSince 2024 it was green, <b>before</b> that red.',
  tags: ['preferences', 'colors'],
  importance: 0.5,
  type: 'preference',
  metadata: { source_url: 'https://example.org/a?b=c', confirmed: true },
  source: { kind: 'oauth', name: 'ChatGPT' },
  session_id: 'conversation-17',
  speaker: 'Ada',
  occurred_at: day('2026-10-01'),
  expires_at: day('2027-10-01'),
  pinned_at: day('2026-11-20'),
  access_count: 3,
  last_accessed_at: day('2026-11-21'),
  useful_count: 0,
  irrelevant_count: 0,
  outdated_count: 0,
  created_at: day('2026-10-02'),
  updated_at: day('2026-11-20'),
  written_at: null,
  written_by: null,
  version: 2,
  search_length: 12,
  sequence_at: day('2026-10-01'),
  value_digest: null
}

const markdownValue = `# Trip to Kyoto

We stay at **Ryokan Sanga** from 3 to 6 April. See [the booking](https://example.org/booking).

## To do

1. Book the \`Haruka\` train
2. Reserve a table at Giro Giro

| day | plan | cost |
|:---:|------|-----:|
| 3   | Gion, evening walk | 0 |
| 4   | Fushimi Inari before sunrise | 12 |

> The garden opens at nine.

\`\`\`sh
curl https://example.org/weather?city=kyoto
\`\`\`

![The garden](https://example.org/garden.jpg)`

const states = [
  { version: 3, written: day('2026-11-20'), app: 'Console', isDeletion: false, isPresent: true },
  { version: 2, written: day('2026-11-02'), app: 'ChatGPT', isDeletion: false, isPresent: false },
  { version: 1, written: day('2026-10-02'), app: 'ChatGPT', isDeletion: false, isPresent: false }
]
const details: MemoryDetails = {
  memory,
  value: showValue(memory.value, 'formatted'),
  view: 'formatted',
  links: [
    { type: 'related_to', isOutgoing: true, name: 'Colours', kind: 'topic', href: '/graph?node=t' },
    {
      type: 'supersedes',
      isOutgoing: false,
      name: 'color_2026',
      kind: 'memory',
      href: '/memories/x'
    }
  ],
  contradicts: [],
  states
}
const form: MemoryForm = {
  fields: {
    key: memory.key,
    value: memory.value,
    tags: 'preferences, colors',
    type: 'preference',
    importance: '0.5',
    namespace: 'global',
    expires_at: '2027-10-01T12:00'
  },
  names: filterNames,
  timezone: 'Europe/Paris'
}

/** One memory. */
const pageSamples: Record<string, Sample> = {
  memory: { view: 'memories/memory', data: { ...frame, ...details } },
  'memory-markdown': {
    view: 'memories/memory',
    data: {
      ...frame,
      ...details,
      memory: { ...memory, key: 'trip_to_kyoto', value: markdownValue },
      value: { ...showValue(markdownValue, 'formatted'), isCut: true },
      supersededBy: { memory_id: 'm9', key: 'trip_2027', agent_name: 'global' },
      contradicts: [{ memory_id: 'm8', key: 'trip_plan', agent_name: 'global' }],
      older: '/memories/x?states=10'
    }
  },
  'memory-json': {
    view: 'memories/memory',
    data: { ...frame, ...details, value: showValue('{"a":[1,2,{"b":"c"}]}', 'formatted') }
  },
  'memory-hostile': {
    view: 'memories/memory',
    data: {
      ...frameOf('memories', 'read_only'),
      ...details,
      memory: {
        ...memory,
        key: hostile,
        value: hostile.repeat(20),
        tags: [hostile],
        metadata: { [hostile]: hostile },
        source: { kind: 'oauth', name: hostile },
        speaker: hostile
      },
      value: showValue(`${hostile}\n\n# ${hostile}\n\n[x](javascript:alert(1))`, 'formatted'),
      links: [{ ...details.links[0]!, name: hostile, kind: hostile, type: hostile }],
      states: [{ ...states[0]!, app: hostile }]
    }
  },
  'memory-deleted': {
    view: 'memories/gone',
    data: {
      ...frame,
      memory_id: 'm1',
      key: 'favourite_color',
      agent_name: 'global',
      deletedAt: day('2026-11-20'),
      isExpired: false,
      app: 'Claude Code on my laptop',
      restorableUntil: day('2026-12-20'),
      states: [{ ...states[0]!, isDeletion: true }, ...states.slice(1)]
    },
    status: 410
  },
  'memory-expired': {
    view: 'memories/gone',
    data: {
      ...frame,
      memory_id: 'm1',
      key: hostile,
      agent_name: hostile,
      deletedAt: day('2026-10-01'),
      isExpired: true,
      app: 'expiry',
      states: []
    },
    status: 410
  },
  'memory-version': {
    view: 'memories/version',
    data: {
      ...frame,
      memory_id: 'm1',
      key: 'favourite_color',
      state: states[1]!,
      changes: [
        { field: 'tags', former: 'colors', present: 'preferences, colors' },
        { field: 'expiry', former: '', present: '2027-10-01T12:00:00.000Z' }
      ],
      diff: diffWords('My favourite colour is green. Since 2024.', memory.value),
      value: showValue(memory.value, 'raw'),
      isRestorable: true,
      former: 1,
      later: 3
    }
  }
}

/** Forms of a memory. */
const formSamples: Record<string, Sample> = {
  'memory-new': {
    view: 'memories/new',
    data: {
      ...frame,
      ...form,
      fields: { ...form.fields, key: hostile, value: '' },
      problem: { form: 'memory', field: 'value', text: 'Write what to remember.' }
    },
    status: 400
  },
  'memory-edit': {
    view: 'memories/edit',
    data: { ...frame, ...form, memory_id: 'm1', version: 3 }
  },
  'memory-conflict': {
    view: 'memories/conflict',
    data: {
      ...frame,
      ...form,
      memory_id: 'm1',
      version: 4,
      app: 'ChatGPT',
      changedAt: day('2026-11-28'),
      diff: diffWords('My favourite colour is purple.', memory.value)
    },
    status: 409
  }
}

export const memorySamples: Record<string, Sample> = {
  ...memoryListSamples,
  ...pageSamples,
  ...formSamples
}
