import { briefingSizes } from '../../../domain/briefing/index.ts'
import type { MemoryPages } from '../../../plugins/console/pages/memories.ts'
import { hostile } from './hostile.ts'
import { day, frameOf, type Sample } from './sample.ts'

const frame = frameOf('memories')
const candidate = (key: string, text: string) => ({
  candidate: { key, memory_id: key, text, time: day('2026-11-28') },
  line: `- ${key}: ${text} (2026-11-28)`
})
const page: MemoryPages['memories/briefing'] = {
  fields: { prompt: 'Add tax to the prices', project: 'shop', tokens: '800' },
  projects: ['shop', 'garden'],
  limits: briefingSizes,
  briefing: {
    text: 'From your long-term memory.\n<memories>\nPinned:\n- tax_rule: 7 percent\n</memories>',
    tokens: 312,
    max_tokens: 800,
    project: 'shop',
    sections: [
      { section: 'pinned', heading: '', lines: [candidate('tax_rule', '7 %')], left_out: 0 },
      { section: 'topic', heading: '', lines: [candidate('prices', 'Whole cents')], left_out: 12 },
      { section: 'work', heading: '', lines: [], left_out: 2 },
      { section: 'newest', heading: '', lines: [], left_out: 0 }
    ]
  }
}

/** What a new session would be told. */
export const briefingSamples: Record<string, Sample> = {
  briefing: { view: 'memories/briefing', data: { ...frame, ...page } },
  'briefing-empty': {
    view: 'memories/briefing',
    data: {
      ...frame,
      ...page,
      fields: { prompt: '', project: '', tokens: '800' },
      projects: [],
      briefing: { text: 'Nothing yet.', tokens: 4, max_tokens: 800, project: '', sections: [] }
    }
  },
  'briefing-hostile': {
    view: 'memories/briefing',
    data: {
      ...frame,
      ...page,
      fields: { prompt: hostile, project: hostile, tokens: 'x'.repeat(10) },
      projects: [hostile],
      briefing: {
        ...page.briefing,
        text: `${hostile} ${'Donaudampfschifffahrt'.repeat(20)}`,
        project: hostile,
        sections: [
          {
            section: 'topic',
            heading: '',
            lines: [candidate(hostile, hostile)],
            left_out: 1
          }
        ]
      },
      problem: { form: 'briefing', field: 'tokens', text: 'Type a number from 100 to 4000.' }
    },
    status: 400
  }
}
