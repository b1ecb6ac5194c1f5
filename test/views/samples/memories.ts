import type { MemoryPages, MemoryRow } from '../../../plugins/console/pages/memories.ts'
import { hostile } from './hostile.ts'
import { day, frameOf, type Sample } from './sample.ts'

const frame = frameOf('memories')
const row: MemoryRow = {
  memory_id: 'm1',
  key: 'favourite_tea',
  agent_name: 'global',
  type: 'preference',
  tags: ['preferences', 'food'],
  excerpt: [{ text: 'My favourite tea is sencha from Uji, in the morning.', marked: false }],
  updated_at: day('2026-11-28'),
  app: 'ChatGPT',
  pinned: true
}
const rows: MemoryRow[] = [
  row,
  {
    ...row,
    memory_id: 'm2',
    key: 'old_address',
    type: 'normal',
    tags: [],
    excerpt: [{ text: 'Lives in Lyon, 12 rue Mercière.', marked: false }],
    superseded_by: 'address_2026'
  },
  {
    ...row,
    memory_id: 'm3',
    key: '会議の予定',
    agent_name: 'work',
    tags: ['予定'],
    excerpt: [{ text: '毎週火曜日の午前十時に、企画会議があります。', marked: false }],
    app: 'Claude Code on my laptop',
    contradicts: ['meeting_time']
  }
]
const hostileRow: MemoryRow = {
  ...row,
  memory_id: 'm4',
  key: hostile.repeat(3),
  agent_name: hostile,
  type: hostile,
  tags: [hostile, 'עברית', '🍵'.repeat(30)],
  excerpt: [
    { text: `${hostile} ${'Donaudampfschifffahrt'.repeat(8)} `, marked: false },
    { text: 'مرحبا بالعالم', marked: true }
  ],
  app: hostile,
  superseded_by: hostile,
  words: [hostile],
  matched: ['words']
}
export const filterNames = {
  namespaces: ['global', 'work'],
  types: ['fact', 'preference'],
  tags: ['food', 'preferences'],
  apps: ['ChatGPT', 'Claude Code on my laptop']
}
const noFilter = {
  q: undefined,
  namespace: undefined,
  type: undefined,
  tag: undefined,
  app: undefined,
  when: undefined
}
const list: MemoryPages['memories/list'] = {
  rows,
  filter: noFilter,
  names: filterNames,
  total: 1234,
  isFiltered: false,
  isPartial: false,
  back: '/memories',
  next: '/memories?after=abc'
}
/** Lists of memories. */
export const memoryListSamples: Record<string, Sample> = {
  memories: { view: 'memories/list', data: { ...frame, ...list } },
  'memories-empty': {
    view: 'memories/list',
    data: { ...frame, ...list, rows: [], total: 0, names: { ...filterNames, namespaces: [] } }
  },
  'memories-search': {
    view: 'memories/list',
    data: {
      ...frameOf('memories', 'user', {
        notice: 'Deleted 3 memories.',
        undo: { action: '/memories/undo', fields: [['change', '3 m1']] }
      }),
      ...list,
      filter: { ...noFilter, q: 'tea in the morning', when: 'this year' },
      isFiltered: true,
      mode: 'hybrid',
      span: '2026-01-01 00:00 to 2027-01-01 00:00 (UTC)',
      rows: [
        {
          ...row,
          excerpt: [
            { text: 'My favourite ', marked: false },
            { text: 'tea', marked: true },
            { text: ' is sencha from Uji, in the ', marked: false },
            { text: 'morning', marked: true },
            { text: '.', marked: false }
          ],
          matched: ['words', 'meaning'],
          words: ['tea', 'morning']
        },
        { ...rows[1]!, matched: ['session'], words: [] }
      ]
    }
  },
  'memories-none': {
    view: 'memories/list',
    data: {
      ...frame,
      ...list,
      rows: [],
      filter: { ...noFilter, tag: 'x', when: 'soonish' },
      isFiltered: true,
      problem: { form: 'filter', field: 'when', text: 'This time is not clear.' }
    },
    status: 400
  },
  'memories-hostile': {
    view: 'memories/list',
    data: {
      ...frameOf('memories', 'user', {
        problem: { form: 'bulk', field: 'tag', text: 'Type the tag first.' }
      }),
      ...list,
      rows: [hostileRow, row],
      filter: { ...noFilter, q: hostile, tag: hostile },
      isFiltered: true,
      isPartial: true
    }
  },
  'memories-deleted': {
    view: 'memories/deleted',
    data: { ...frame, rows, days: 30, back: '/memories/deleted', first: '/memories/deleted' }
  },
  'memories-duplicates': {
    view: 'memories/duplicates',
    data: {
      ...frame,
      back: '/memories/duplicates',
      next: '/memories/duplicates?after=abc',
      pairs: [
        { reason: 'contradicts', memories: [pairMember('address'), pairMember('address_2026')] },
        { reason: 'similar_key', memories: [pairMember(hostile), pairMember('favourite-tea')] }
      ]
    }
  },
  'memories-duplicates-none': {
    view: 'memories/duplicates',
    data: { ...frame, back: '/memories/duplicates', pairs: [] }
  }
}

function pairMember(key: string) {
  const value = `${key}: My favourite colour is blue, since 2024 at least.`
  return { ...row, memory_id: key, key, value, value_length: value.length + 1 }
}
