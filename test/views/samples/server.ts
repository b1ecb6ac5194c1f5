import type { AuditEvent } from '../../../plugins/console/pages/server.ts'
import { summarizeChecks } from '../../../plugins/doctor/visit.ts'
import { day, frameOf, type Sample } from './sample.ts'

const noFilter = { person: '', client: '', action: '', request: '', when: '' }

function event(action: string, more: Partial<AuditEvent['entry']> = {}): AuditEvent {
  return {
    entry: {
      id: 7,
      created_at: day('2026-11-29'),
      action,
      user_id: 'u1',
      client_id: null,
      grant_id: null,
      reason: null,
      ip_address: '203.0.113.7',
      user_agent: 'Mozilla/5.0',
      request_id: 'Xk2_dQ8wPz1f',
      details: {},
      email: 'ada@example.com',
      ...more
    }
  }
}
const hostile = {
  client_id: '\u202E<script>alert(1)</script>' + 'x'.repeat(120),
  ip_address: '2001:db8::1',
  user_agent: '"><img src=x>',
  details: { path: '\u202E</dd><script>' },
  email: null
}
const refused: AuditEvent = {
  ...event('oauth.token.refused', { reason: 'unknown_code', ...hostile }),
  explanation: { why: 'The code is unknown.', fix: 'Connect the app again.' }
}
const results = [
  { check: 'settings', ok: true, why: 'The server runs with them.' },
  {
    check: 'public address',
    ok: true,
    why: 'Only this computer reaches it.',
    fix: 'Set PUBLIC_URL.'
  },
  { check: 'proxy', ok: false, why: 'TRUST_PROXY is not set.', fix: 'Set TRUST_PROXY.' }
]
const state = {
  version: '0.1.0',
  nodeVersion: '20.20.2',
  databaseVersion: '15.14',
  databaseBytes: 48_100_000,
  isEmbedded: true,
  lastBackupAt: day('2026-11-30'),
  startedAt: day('2026-11-28'),
  publicUrl: 'https://memory.example.org',
  isIndexing: false,
  settings: [
    { name: 'PORT', value: '3000', isSecret: false, description: 'Port' },
    { name: 'SERVER_SECRET', value: '•••', isSecret: true, description: 'Secret' },
    { name: 'DATABASE_URL', value: undefined, isSecret: false, description: 'Database' }
  ]
}

/** The audit log and the state of the server. */
export const serverSamples: Record<string, Sample> = {
  audit: {
    view: 'admin/audit',
    data: {
      ...frameOf('audit', 'admin'),
      events: [event('auth.login.succeeded'), refused, event('key.created'), event('x.unknown')],
      filter: noFilter,
      isFiltered: false,
      isExplained: false,
      csv: '/admin/audit/csv',
      more: '/admin/audit?before=7'
    }
  },
  'audit-request': {
    view: 'admin/audit',
    data: {
      ...frameOf('audit', 'admin'),
      events: [refused],
      filter: { ...noFilter, request: 'Xk2_dQ8wPz1f' },
      isFiltered: true,
      isExplained: true,
      csv: '/admin/audit/csv?request=Xk2_dQ8wPz1f'
    }
  },
  'audit-fault': {
    view: 'admin/audit',
    status: 400,
    data: {
      ...frameOf('audit', 'admin'),
      events: [],
      filter: { ...noFilter, when: 'blursday' },
      fault: 'time: "blursday" is not a time.',
      isFiltered: true,
      isExplained: false,
      csv: '/admin/audit/csv'
    }
  },
  server: { view: 'admin/server', data: { ...frameOf('server', 'admin'), ...state } },
  'server-checked': {
    view: 'admin/server',
    data: {
      ...frameOf('server', 'admin'),
      ...state,
      isEmbedded: false,
      embeddings: { model: 'nomic-embed-text', waiting: 12, memories: 2000, refused: 0 },
      checks: { results, summary: summarizeChecks(results), report: 'Kagura Memory 0.1.0\nok  x' }
    }
  }
}
