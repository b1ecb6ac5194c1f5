import type { Pages } from '../../../plugins/consent-views/page-data.ts'
import { groupBoxes, toolGroups, groupTexts } from '../../../tools/scopes.ts'
import { consent } from './consent.ts'
import { day, type Sample } from './sample.ts'

const mcpUrl = 'https://memory.example.org/api/v1/mcp/sse'
const boxes = groupBoxes(toolGroups, 'user')

export const account: Pages['account'] = {
  user: { name: 'Ada Lovelace', email: 'ada@example.org', role: 'admin' },
  mcpUrl,
  keyUrl: 'https://memory.example.org/api/v1/mcp/key',
  registration: 'open',
  csrf: 'csrf-token',
  keyForm: 'key-form',
  keyGroups: boxes,
  keyLimits: consent.limits,
  historyDays: 30,
  apps: [
    {
      client_name: 'ChatGPT',
      client_id: 'chatgpt-connector',
      installations: [
        {
          grant_id: 'g1',
          groups: boxes.map(({ title }) => title),
          redirect_origin: 'https://chatgpt.com',
          created_at: day('2026-11-03'),
          last_used_at: new Date(Date.now() - 7_200_000),
          unused_since: null
        },
        {
          grant_id: 'g2',
          groups: [groupTexts.memory.title],
          redirect_origin: 'http://127.0.0.1',
          created_at: day('2026-10-30'),
          last_used_at: null,
          unused_since: day('2026-11-03')
        },
        {
          grant_id: 'g3',
          groups: [groupTexts.memory.title],
          redirect_origin: null,
          created_at: day('2026-10-29'),
          last_used_at: day('2026-10-29'),
          unused_since: day('2026-11-03')
        }
      ]
    },
    {
      client_name: 'Cursor',
      client_id: 'https://cursor.com/oauth/mcp-client.json',
      installations: [
        {
          grant_id: 'g4',
          groups: [groupTexts.memory.title],
          redirect_origin: 'cursor://anysphere.cursor-mcp',
          created_at: day('2026-10-21'),
          last_used_at: null,
          unused_since: null
        }
      ]
    }
  ],
  appLinks: {},
  keyLinks: { isFolded: true, more: '/account?keys=k1#keys', moreEnded: '/account?ended=k3#keys' },
  keys: [
    {
      key_id: 'k1',
      name: 'Claude Code on my laptop',
      key_prefix: 'kagura_3fJx',
      groups: boxes.map(({ title }) => title),
      created_at: day('2026-11-01'),
      last_used_at: new Date(),
      expires_at: null,
      status: 'active'
    }
  ],
  endedKeys: [
    {
      key_id: 'k2',
      name: 'Nightly script',
      key_prefix: 'kagura_pQ81',
      groups: [groupTexts.memory.title],
      created_at: day('2026-06-01'),
      last_used_at: day('2026-08-30'),
      expires_at: day('2026-09-01'),
      status: 'expired'
    },
    {
      key_id: 'k3',
      name: 'Old laptop',
      key_prefix: 'kagura_zz0a',
      groups: [groupTexts.coding.title],
      created_at: day('2026-01-01'),
      last_used_at: null,
      expires_at: null,
      status: 'revoked'
    }
  ]
}

/** The account page and the pages that explain how to connect an app. */
export const accountSamples: Record<string, Sample> = {
  account: { view: 'account', data: account },
  'account-new-key': {
    view: 'account',
    data: {
      ...account,
      notice: 'The key was created.',
      newKey: { name: 'Claude Code', key: 'kagura_' + 'Ab3-_'.repeat(9).slice(0, 43) }
    }
  },
  'account-empty': {
    view: 'account',
    data: {
      ...account,
      user: { ...account.user, name: '', role: 'read_only' },
      mcpUrl: 'http://localhost:3000/api/v1/mcp/sse',
      historyDays: 0,
      apps: [],
      keys: [],
      endedKeys: [],
      keyLinks: { isFolded: true },
      problem: {
        form: 'keys',
        field: 'name',
        text: 'Give the key a name of up to 100 characters, by which you know it again.'
      },
      typed: { name: '', days: '365', scope: ['mcp:memory'] }
    },
    status: 400
  },
  'account-key-scope': {
    view: 'account',
    data: {
      ...account,
      keyGroups: groupBoxes(toolGroups, 'read_only'),
      problem: { form: 'keys', field: 'scope', text: 'Select at least one permission.' },
      typed: { name: 'Laptop', days: 'never', scope: [] }
    },
    status: 400
  },
  'account-notice': {
    view: 'account',
    data: {
      ...account,
      notice:
        'Revoked: this installation of ChatGPT can no longer use your memories. ' +
        'What it saved is still there.'
    }
  },
  'confirm-app': {
    view: 'confirm',
    data: {
      title: 'Revoke all 4 of ChatGPT?',
      points: [
        'All 4 installations of ChatGPT lose access to your memories at once.',
        'Everything that it saved stays in your memory.',
        'To use it again, connect it from ChatGPT: you will be asked to approve it.'
      ],
      action: '/account/apps/revoke',
      csrf: 'csrf-token',
      fields: [['client_id', 'chatgpt-connector']],
      button: 'Revoke all 4'
    }
  },
  mcp: { view: 'mcp', data: { mcpUrl, keyUrl: account.keyUrl, keysOnly: false } },
  'mcp-key': { view: 'mcp', data: { mcpUrl, keyUrl: account.keyUrl, keysOnly: true } }
}
