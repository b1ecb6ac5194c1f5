import type { Home } from '../../../domain/home/read-home.ts'
import { hostile } from './hostile.ts'
import { day, frameOf, type Sample } from './sample.ts'

const memory = {
  memory_id: '055e9c55-7b5f-45f3-95e8-01c2354fd2ac',
  key: 'favorite_color',
  agent_name: 'global',
  value: 'My favorite color is blue, the blue of the sea at Naruto in the morning.',
  updated_at: new Date(Date.now() - 400_000)
}
const home: Home = {
  usage: { memories: 1131, bytes: 2_200_000 },
  connections: 3,
  lastUsedAt: new Date(Date.now() - 300_000),
  recent: [memory, { ...memory, memory_id: 'm2', key: 'travel_plans', value: 'Kyoto in April.' }],
  warnings: { expiring: [], behind: 0 }
}
const newcomer: Home = {
  ...home,
  usage: { memories: 0, bytes: 0 },
  connections: 0,
  lastUsedAt: null,
  recent: [],
  checklist: { connected: false, told: false },
  warnings: { reach: 'computer', expiring: [], behind: 0 }
}

/** The first page, for a new person and later. */
export const homeSamples: Record<string, Sample> = {
  home: { view: 'home', data: { ...frameOf('home', 'admin'), ...home } },
  'home-new': { view: 'home', data: { ...frameOf('home', 'admin'), ...newcomer } },
  'home-done': {
    view: 'home',
    data: { ...frameOf('home'), ...home, checklist: { connected: true, told: true } }
  },
  'home-warnings': {
    view: 'home',
    data: {
      ...frameOf('home'),
      ...home,
      checklist: { connected: true, told: false },
      recent: [{ ...memory, key: hostile, value: hostile.repeat(2) }],
      warnings: {
        reach: 'wrong_port',
        expiring: [{ key_id: 'k1', name: hostile, expires_at: day('2026-12-05') }],
        behind: 4120,
        backup: { last: new Date('2026-10-02T08:00:00Z') }
      }
    }
  }
}
