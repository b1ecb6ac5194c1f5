import type { Pages } from '../../../plugins/consent-views/page-data.ts'
import { NONE_TICKED } from '../../../plugins/oauth-server/authorize/consent-form.ts'
import { groupBoxes, toolGroups } from '../../../tools/scopes.ts'
import { day, type Sample } from './sample.ts'

const boxes = groupBoxes(toolGroups, 'user')

export const consent: Pages['consent'] = {
  clientName: 'ChatGPT',
  clientId: 'chatgpt-connector',
  redirectHost: 'chatgpt.com',
  redirectKind: 'web',
  registeredBy: 'operator',
  registeredAt: day('2026-11-03'),
  user: { name: 'Ada Lovelace', email: 'ada@example.org', role: 'admin' },
  groups: boxes,
  limits: {
    access: 'full',
    namespaces: [
      { name: 'global', checked: false },
      { name: 'work', checked: false }
    ],
    isBound: false,
    beyondNamespaces: false
  },
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
  more: '/apps/a#installations'
}

/** The pages on which a user admits an app: consent, device code, return to the app. */
export const consentSamples: Record<string, Sample> = {
  consent: { view: 'consent', data: consent },
  'consent-limits': {
    view: 'consent',
    data: {
      ...consent,
      limits: {
        access: 'read',
        namespaces: ['global', 'home', 'work', 'a name of several words', 'work/notes'].map(
          (name) => ({ name, checked: name.startsWith('work') })
        ),
        isBound: true,
        beyondNamespaces: false
      }
    }
  },
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
        allowed: ['memory', 'coding'],
        isPart: true
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
        allowed: ['memory', 'coding', 'graph'],
        added: ['web']
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
      problem: NONE_TICKED
    },
    status: 400
  },
  'consent-read-only': {
    view: 'consent',
    data: {
      ...consent,
      clientName: 'VS Code',
      user: { ...consent.user, role: 'read_only' },
      groups: groupBoxes(toolGroups, 'read_only')
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
  }
}
