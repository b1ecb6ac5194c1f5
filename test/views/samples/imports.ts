import type { ImportSummary } from '../../../db/schema/index.ts'
import { importFormats } from '../../../domain/memory/transfer/import/index.ts'
import type { ShownImport } from '../../../plugins/console/pages/settings.ts'
import { day, frameOf, type Sample } from './sample.ts'

const summary: ImportSummary = {
  created: 1204,
  changed: 3,
  unchanged: 88,
  kept: 2,
  versions: 0,
  links: 14,
  links_left_out: 1,
  files_read: 3,
  examples: [
    { change: 'created', key: 'chatgpt/memory/0f3c', value: 'Is allergic to cats' },
    { change: 'changed', key: 'chatgpt/c-1/u1', value: 'Which lighthouse should I buy?' },
    { change: 'kept', key: 'chatgpt/custom instructions', value: 'Be brief' }
  ],
  warnings: ['notes.json is not UTF-8; it was read as windows-1252.'],
  warning_count: 1,
  broken: ['a/conversations.json, line 1, element 3 is not a conversation of ChatGPT.'],
  broken_count: 24,
  left: ['chat.html: not a file of ChatGPT', 'dalle/1.webp: not a file of ChatGPT'],
  left_count: 2,
  left_out: { 'empty messages': 12 }
}

const job: ShownImport = {
  id: 'i1',
  state: 'ready',
  fileName: 'chatgpt-export-2026-11-30.zip',
  namespace: 'global',
  product: 'ChatGPT',
  done: 0,
  total: 1295,
  summary,
  problem: null,
  createdAt: day('2026-11-30'),
  canUndo: false
}
const hostileText = '<img src=x onerror=alert(1)> \u202e' + 'W'.repeat(200)
const page = {
  ...frameOf('settings'),
  formats: importFormats.map(({ name, title, takes }) => ({ name, title, takes })),
  maxBytes: 1_000_000_000,
  readOnly: false,
  isActive: false,
  earlier: []
}

function sampleOf(current: Partial<ShownImport>, isActive = false): Sample {
  const data = { ...page, current: { ...job, ...current }, isActive }
  return { view: 'settings/import', data }
}

/** The import of a file in each of its states. */
export const importSamples: Record<string, Sample> = {
  'import-empty': { view: 'settings/import', data: page },
  'import-problem': {
    view: 'settings/import',
    data: {
      ...page,
      ...frameOf('settings', 'user', {
        problem: { form: 'import', field: 'file', text: 'Choose a file.' },
        typed: { from: 'claude', namespace: 'work' }
      })
    },
    status: 400
  },
  'import-checking': sampleOf({ state: 'checking', total: 0, done: 300, summary: null }, true),
  'import-ready': sampleOf({}, true),
  'import-running': sampleOf({ state: 'running', done: 640, summary: null }, true),
  'import-done': {
    view: 'settings/import',
    data: {
      ...page,
      current: { ...job, state: 'done', canUndo: true, summary: { ...summary, examples: [] } },
      earlier: [
        { ...job, id: 'i2', state: 'done', canUndo: true },
        { ...job, id: 'i3', state: 'failed', fileName: hostileText, summary: null }
      ]
    }
  },
  'import-failed': sampleOf({
    state: 'failed',
    summary: null,
    problem: 'x.zip: conversations.json is broken (unexpected end of file).'
  }),
  'import-undone': sampleOf({
    state: 'undone',
    summary: { ...summary, examples: [], undone: { memories: 1204, links: 14, conflicts: 2 } }
  }),
  'import-hostile': sampleOf(
    {
      fileName: hostileText,
      namespace: hostileText,
      summary: {
        ...summary,
        examples: [{ change: 'created', key: hostileText, value: hostileText }],
        broken: [hostileText],
        left_out: { [hostileText]: 1 }
      }
    },
    true
  )
}
