import type { Memory } from '../../../db/memory/memories.ts'
import { account } from './account.ts'
import { day, type Sample } from './sample.ts'

export const memory: Memory = {
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

/** The pages of one memory. */
export const memorySamples: Record<string, Sample> = {
  memory: { view: 'memory', data: { user: account.user, csrf: 'csrf-token', memory } },
  'memory-deleted': {
    view: 'memory-deleted',
    data: {
      user: account.user,
      csrf: 'csrf-token',
      key: 'favourite_color',
      namespace: 'global',
      deletedAt: day('2026-11-20'),
      expired: false,
      by: 'Claude Code on my laptop',
      restorableUntil: day('2026-12-20')
    }
  },
  'memory-expired': {
    view: 'memory-deleted',
    data: {
      user: account.user,
      csrf: 'csrf-token',
      key: 'parking_spot',
      namespace: 'global',
      deletedAt: day('2026-10-01'),
      expired: true,
      by: 'expiry'
    }
  }
}
