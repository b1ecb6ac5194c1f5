import type { Memory } from '../db/memories.ts'
import type { PageName, Pages } from '../plugins/consent-views.ts'
import { unknownClient } from '../plugins/oauth-server/dead-client.ts'
import { noneTickedText } from '../plugins/oauth-server/consent-page.ts'
import { groupBoxes, groups, groupTexts } from '../tools/scopes.ts'

/**
 * What a hostile client would call itself: markup, a direction override, a zero-width space, a line
 * break.
 */
export const hostile = '<script>alert(1)</script>"\'&\u202Egpj.exe\u200B\nsecond line'

const day = (text: string) => new Date(`${text}T12:00:00Z`)
const mcpUrl = 'https://memory.example.org/api/v1/mcp/sse'
const boxes = groupBoxes(groups, 'user')

const consent: Pages['consent'] = {
  clientName: 'ChatGPT',
  clientId: 'chatgpt-connector',
  redirectHost: 'chatgpt.com',
  redirectKind: 'web',
  registeredBy: 'operator',
  registeredAt: day('2026-11-03'),
  user: { name: 'Ada Lovelace', email: 'ada@example.org', role: 'admin' },
  groups: boxes,
  form: 'form-handle-123',
  action: '/api/v1/oauth/authorize',
  switchAccount: '/login?return_to=%2Fapi%2Fv1%2Foauth%2Fauthorize%3Fclient_id%3Dx'
}

const older: Pages['consent']['older'] = {
  csrf: 'csrf-token',
  returnTo: '/api/v1/oauth/authorize?client_id=x',
  installations: [
    { grant_id: 'g1', created_at: day('2026-11-20'), last_used_at: new Date(), isIdle: false },
    {
      grant_id: 'g2',
      created_at: day('2026-11-01'),
      last_used_at: day('2026-11-02'),
      isIdle: true
    },
    { grant_id: 'g3', created_at: day('2026-10-01'), last_used_at: null, isIdle: true }
  ],
  more: '/?app=chatgpt-connector#apps'
}

const account: Pages['account'] = {
  user: { name: 'Ada Lovelace', email: 'ada@example.org', role: 'admin' },
  mcpUrl,
  keyUrl: 'https://memory.example.org/api/v1/mcp/key',
  registration: 'open',
  csrf: 'csrf-token',
  keyForm: 'key-form',
  keyGroups: boxes,
  github: { token_end: 'x7Qa', created_at: day('2026-11-20'), last_used_at: day('2026-11-21') },
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
  keyLinks: { isFolded: true, more: '/?keys=k1#keys', moreEnded: '/?ended=k3#keys' },
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

const deadClient = unknownClient('0b9f6a0e-6a5c-4a43-9f0c-3a4c6d6f9f11')

export type Sample = { [V in PageName]: { view: V; data: Pages[V]; status?: number } }[PageName]

/** Every page in every state that looks different. */
export const samples: Record<string, Sample> = {
  login: {
    view: 'login',
    data: { returnTo: '/api/v1/oauth/authorize?client_id=x&state=a%26b', clientName: 'ChatGPT' }
  },
  'login-problem': {
    view: 'login',
    data: {
      returnTo: '/',
      email: 'ada@example.org',
      problem: 'Email or password is wrong.',
      retryAfter: 240
    },
    status: 429
  },
  'login-first': { view: 'login', data: { returnTo: '/', setupNeeded: true } },
  'login-device': { view: 'login', data: { returnTo: '/device', purpose: 'device' } },
  setup: { view: 'setup', data: { token: 'setup-token' } },
  'setup-ollama': {
    view: 'setup',
    data: {
      token: 'setup-token',
      ollama: {
        command: 'ollama pull nomic-embed-text',
        settings: ['EMBEDDINGS_URL=http://127.0.0.1:11434', 'EMBEDDINGS_MODEL=nomic-embed-text']
      }
    }
  },
  'setup-problem': {
    view: 'setup',
    data: {
      token: 'setup-token',
      name: 'Ada',
      email: 'ada@example.org',
      problem: {
        form: 'setup',
        field: 'password',
        text: 'The password needs at least 8 characters.'
      }
    },
    status: 400
  },
  consent: { view: 'consent', data: consent },
  'consent-loopback': {
    view: 'consent',
    data: {
      ...consent,
      clientName: 'Claude Code',
      clientId: '0b9f6a0e-6a5c-4a43-9f0c-3a4c6d6f9f11',
      redirectHost: '127.0.0.1:33418',
      redirectKind: 'loopback',
      registeredBy: 'dynamic'
    }
  },
  'consent-app': {
    view: 'consent',
    data: {
      ...consent,
      clientName: 'Cursor',
      clientId: 'https://cursor.com/oauth/mcp-client.json',
      redirectHost: 'cursor://anysphere.cursor-mcp',
      redirectKind: 'app',
      registeredBy: 'metadata_document'
    }
  },
  'consent-device': {
    view: 'consent',
    data: {
      ...consent,
      clientName: 'Codex',
      clientId: 'codex-cli',
      registeredBy: 'dynamic',
      action: '/device',
      device: {
        userCode: 'BCDF-GHJK',
        address: '203.0.113.7',
        userAgent: 'codex_cli_rs/0.61.0 (Ubuntu 24.4.0; x86_64)',
        askedAt: new Date(Date.now() - 65_000)
      }
    }
  },
  device: { view: 'device', data: { csrf: 'csrf-token', userCode: 'BCDF-GHJK' } },
  'device-problem': {
    view: 'device',
    data: {
      csrf: 'csrf-token',
      userCode: 'BCDF-GHJL',
      problem: 'There is no such code.',
      retryAfter: 300
    },
    status: 429
  },
  'device-decided': { view: 'device-decided', data: { clientName: 'Codex', approved: true } },
  'device-denied': { view: 'device-decided', data: { clientName: 'Codex', approved: false } },
  'consent-again': {
    view: 'consent',
    data: { ...consent, earlier: { consentedAt: day('2026-11-03'), changed: false } }
  },
  'consent-older': { view: 'consent', data: { ...consent, older } },
  'consent-partly': {
    view: 'consent',
    data: {
      ...consent,
      groups: boxes.map((box, index) => ({ ...box, checked: index < 2 })),
      earlier: {
        consentedAt: day('2026-11-03'),
        changed: false,
        allowed: 'Memories and Coding sessions only'
      }
    }
  },
  'consent-more': {
    view: 'consent',
    data: {
      ...consent,
      groups: boxes.map((box, index) => ({ ...box, isNew: index === 3 })),
      earlier: {
        consentedAt: day('2026-11-03'),
        changed: false,
        allowed: 'Memories, Coding sessions and Memory links',
        added: 'The web'
      }
    }
  },
  'consent-none-ticked': {
    view: 'consent',
    data: {
      ...consent,
      clientName: 'Gemini CLI',
      registeredBy: 'dynamic',
      groups: boxes.map((box) => ({ ...box, checked: false })),
      problem: noneTickedText
    },
    status: 400
  },
  'consent-read-only': {
    view: 'consent',
    data: {
      ...consent,
      clientName: 'VS Code',
      user: { ...consent.user, role: 'read_only' },
      groups: groupBoxes(groups, 'read_only')
    }
  },
  'consent-unknown-app': {
    view: 'consent',
    data: { ...consent, clientName: 'Nightly Notes', registeredBy: 'dynamic' }
  },
  'consent-changed': {
    view: 'consent',
    data: { ...consent, earlier: { consentedAt: day('2026-11-03'), changed: true } }
  },
  continue: {
    view: 'continue',
    data: {
      url: 'https://chatgpt.com/connector_platform_oauth_redirect?code=abc&state=x%22y&iss=https%3A%2F%2Fmemory.example.org',
      clientName: 'ChatGPT',
      approved: true,
      redirectHost: 'chatgpt.com'
    }
  },
  'continue-denied': {
    view: 'continue',
    data: {
      url: 'cursor://anysphere.cursor-mcp/oauth/callback?error=access_denied&state=1',
      clientName: 'Cursor',
      approved: false,
      redirectHost: 'cursor://anysphere.cursor-mcp'
    }
  },
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
      keyGroups: groupBoxes(groups, 'read_only'),
      problem: { form: 'keys', field: 'scope', text: 'Select at least one permission.' },
      typed: { name: 'Laptop', days: 'never', scope: [] }
    },
    status: 400
  },
  profile: {
    view: 'profile',
    data: { user: account.user, csrf: 'csrf-token', timezone: 'Europe/Berlin' }
  },
  'profile-problem': {
    view: 'profile',
    data: {
      user: account.user,
      csrf: 'csrf-token',
      timezone: null,
      problem: {
        form: 'profile',
        field: 'email',
        text: 'Enter a full email address, such as ada@example.org. This is not one: ada@example'
      },
      typed: { name: 'Ada', email: 'ada@example' }
    },
    status: 400
  },
  'account-password-problem': {
    view: 'account',
    data: {
      ...account,
      problem: {
        form: 'password',
        field: 'current_password',
        text: 'The current password is not right, so nothing was changed.'
      }
    },
    status: 401
  },
  'account-notice': {
    view: 'account',
    data: {
      ...account,
      notice:
        'Revoked: this installation of ChatGPT can no longer use your memories. What it saved is still there.'
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
  },
  mcp: { view: 'mcp', data: { mcpUrl, keyUrl: account.keyUrl, keysOnly: false } },
  'mcp-key': { view: 'mcp', data: { mcpUrl, keyUrl: account.keyUrl, keysOnly: true } },
  error: {
    view: 'error',
    status: 400,
    data: {
      status: 400,
      title: 'This address is not allowed for the app',
      message:
        'The app asked to be answered at an address that is not registered for it, so nothing was sent there.',
      advice: 'If you know this app, ask whoever runs this server to allow the address.',
      requestId: 'req-1a2b3c',
      received: [
        ['client_id', 'chatgpt-connector'],
        ['redirect_uri', 'https://chatgpt.com/connector/oauth/AbCdEf0123456789AbCdEf0123456789']
      ],
      command:
        'npx kagura client update chatgpt-connector --redirect-uri https://chatgpt.com/connector/oauth/AbCdEf0123456789AbCdEf0123456789',
      link: { href: '/', text: 'Your account' }
    }
  },
  'error-plain': {
    view: 'error',
    data: {
      status: 404,
      title: 'Not found',
      message: 'There is no page here.',
      requestId: 'req-9'
    },
    status: 404
  },
  'error-dead-client': {
    view: 'error',
    data: { ...deadClient, message: deadClient.message, status: 400, requestId: 'req-1a2b3c' },
    status: 400
  },
  'signed-out': { view: 'signed-out', data: {} },
  'consent-hostile': {
    view: 'consent',
    data: {
      ...consent,
      clientName: hostile,
      clientId: hostile,
      redirectHost: hostile,
      user: { name: hostile, email: hostile, role: 'user' },
      form: hostile,
      action: hostile,
      switchAccount: hostile
    }
  },
  'consent-device-hostile': {
    view: 'consent',
    data: {
      ...consent,
      device: { userCode: hostile, address: hostile, userAgent: hostile, askedAt: new Date() }
    }
  },
  'device-hostile': {
    view: 'device',
    data: { csrf: hostile, userCode: hostile, problem: hostile }
  },
  'device-decided-hostile': {
    view: 'device-decided',
    data: { clientName: hostile, approved: true }
  },
  'account-hostile': {
    view: 'account',
    data: {
      ...account,
      user: { name: hostile, email: hostile, role: 'user' },
      notice: hostile,
      problem: { form: 'keys', field: 'name', text: hostile },
      typed: { name: hostile },
      newKey: { name: hostile, key: hostile },
      csrf: hostile,
      apps: [
        {
          client_name: hostile,
          client_id: hostile,
          installations: account.apps[0]!.installations.map((one) => ({
            ...one,
            groups: [hostile],
            redirect_origin: hostile
          }))
        }
      ],
      keys: [{ ...account.keys[0]!, name: hostile.repeat(9), key_prefix: hostile }]
    }
  },
  'login-hostile': {
    view: 'login',
    data: { returnTo: hostile, email: hostile, problem: hostile, clientName: hostile }
  },
  'setup-hostile': {
    view: 'setup',
    data: {
      token: hostile,
      name: hostile,
      email: hostile,
      problem: { form: 'setup', field: 'name', text: hostile }
    }
  },
  'memory-hostile': {
    view: 'memory',
    data: {
      user: { name: hostile, email: hostile, role: 'user' },
      csrf: hostile,
      memory: {
        ...memory,
        key: hostile,
        value: hostile.repeat(20),
        tags: [hostile],
        metadata: { [hostile]: hostile },
        source: { kind: 'oauth', name: hostile },
        speaker: hostile
      }
    }
  },
  'memory-deleted-hostile': {
    view: 'memory-deleted',
    data: {
      user: account.user,
      csrf: hostile,
      key: hostile,
      namespace: hostile,
      deletedAt: day('2026-10-01'),
      expired: false,
      by: hostile
    }
  },
  'confirm-hostile': {
    view: 'confirm',
    data: {
      title: hostile,
      points: [hostile],
      action: hostile,
      csrf: hostile,
      fields: [[hostile, hostile]],
      button: hostile
    }
  },
  'continue-hostile': {
    view: 'continue',
    data: {
      url: `cursor://x/?state=${hostile}`,
      clientName: hostile,
      approved: true,
      redirectHost: hostile
    }
  },
  'error-hostile': {
    view: 'error',
    data: {
      status: 400,
      title: hostile,
      message: hostile,
      advice: hostile,
      steps: [{ when: hostile, then: hostile }],
      requestId: hostile,
      received: [[hostile, hostile]],
      command: hostile,
      link: { href: hostile, text: hostile }
    }
  }
}
