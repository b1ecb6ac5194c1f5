import type { ConsolePages } from '../../../plugins/console/pages/index.ts'
import { scopesSupported } from '../../../tools/scopes.ts'
import { day, frameOf, type Sample } from './sample.ts'

const hostileName = '\u202E<script>alert(1)</script>' + 'W'.repeat(120)

const client: ConsolePages['admin/client']['client'] = {
  client_id: '7c7f6a52-30b5-4f7a-9a55-0f3b1f0a6f11',
  client_name: 'ChatGPT',
  redirect_uris: ['https://chatgpt.com/connector/oauth/*'],
  scope: 'mcp:tools mcp:memory',
  token_endpoint_auth_method: 'client_secret_post',
  token_endpoint_auth_methods: null,
  require_pkce: false,
  registration: 'operator',
  registered_from: null,
  access_token_seconds: null,
  disabled_at: null,
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  application_type: 'web',
  client_uri: null,
  logo_uri: null,
  tos_uri: null,
  policy_uri: null,
  software_id: null,
  software_version: null,
  jwks: null,
  jwks_uri: null,
  dpop_bound_access_tokens: false,
  created_at: day('2026-11-01'),
  updated_at: day('2026-11-01'),
  last_used_at: day('2026-11-30')
}
const page = { grants: 12, formerSecrets: [], hasSecret: true, scopes: scopesSupported }

/** Registered apps, for administrators. */
export const clientSamples: Record<string, Sample> = {
  clients: {
    view: 'admin/clients',
    data: {
      ...frameOf('clients', 'admin'),
      clients: [
        client,
        {
          ...client,
          client_id: 'https://app.example.org/client.json',
          client_name: hostileName,
          registration: 'metadata_document',
          disabled_at: day('2026-11-02'),
          last_used_at: null
        }
      ],
      search: '',
      more: '/admin/clients?after=x'
    }
  },
  'clients-empty': {
    view: 'admin/clients',
    data: { ...frameOf('clients', 'admin'), clients: [], search: 'zzz' }
  },
  'client-new': {
    view: 'admin/new-client',
    status: 400,
    data: {
      ...frameOf('clients', 'admin', {
        problem: { form: 'client', field: 'redirect_uris', text: 'http://x: it must be https.' },
        typed: { name: 'My app', redirect_uris: 'http://x', auth_method: 'none', scope: [] }
      }),
      template: 'custom',
      values: { name: '', redirect_uris: '', auth_method: 'client_secret_post' },
      scopes: scopesSupported
    }
  },
  client: {
    view: 'admin/client',
    data: {
      ...frameOf('clients', 'admin', {
        notice: 'ChatGPT is registered.',
        shownSecret: { label: 'Client secret', value: 'kgs_' + 'x7'.repeat(20) }
      }),
      client,
      ...page,
      formerSecrets: [{ created_at: day('2026-11-01'), expires_at: day('2026-12-02') }]
    }
  },
  'client-disabled': {
    view: 'admin/client',
    data: {
      ...frameOf('clients', 'admin'),
      client: { ...client, client_name: hostileName, disabled_at: day('2026-11-02') },
      ...page,
      hasSecret: false
    }
  }
}
