import { connectClients, findConnectClient } from '../../../domain/connect/clients.ts'
import { clientLink, clientSnippet, otherSnippet } from '../../../domain/connect/recipes.ts'
import { listTunnels } from '../../../domain/connect/tunnels.ts'
import type { ConnectPages } from '../../../plugins/console/pages/connect.ts'
import { day, frameOf, type Sample } from './sample.ts'

const localUrl = 'http://localhost:3000/api/v1/mcp/sse'
const publicUrl = 'https://memory.example.org/api/v1/mcp/sse'
const hourAgo = new Date(Date.now() - 3_600_000)
const drawnCode =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4" shape-rendering="crispEdges">' +
  '<path fill="#ffffff" d="M0 0h4v4H0z"/><path stroke="#000000" d="M1 1.5h2M1 2.5h1"/></svg>'

const list: ConnectPages['connect/clients'] = {
  mcpUrl: localUrl,
  reach: 'computer',
  clients: connectClients.map(({ id, name, runs }, index) => ({
    client: id,
    name,
    runs,
    connected: index === 1 || index === 3,
    lastUsedAt: index === 1 ? hourAgo : null
  })),
  tunnels: listTunnels(3000)
}

type ClientPage = ConnectPages['connect/client']

function clientPage(id: string, changes: Partial<ClientPage> = {}): Sample {
  const client = findConnectClient(id)!
  const mcpUrl = changes.mcpUrl ?? publicUrl
  const values = {
    mcpUrl,
    keyUrl: mcpUrl.replace('/mcp/sse', '/mcp/key'),
    key: changes.newKey?.key
  }
  const since = '2026-12-01T01:00:00.000Z'
  const page: ClientPage = {
    client,
    mcpUrl,
    reach: 'internet',
    path: `/connect/${id}?since=${since}`,
    since,
    watched: { phase: 'waiting', hasKey: false },
    recordsCalls: true,
    registers: true,
    snippet: clientSnippet(client.id, values),
    link: clientLink(client.id, values),
    otherSnippet: otherSnippet(client.id, values),
    keyForm: 'key-form',
    ...changes
  }
  return { view: 'connect/client', data: { ...frameOf('connect', 'admin'), ...page } }
}

/** The list of clients, and pages of clients in each state of their connection. */
export const connectSamples: Record<string, Sample> = {
  connect: { view: 'connect/clients', data: { ...frameOf('connect', 'admin'), ...list } },
  'connect-public': {
    view: 'connect/clients',
    data: { ...frameOf('connect'), ...list, mcpUrl: publicUrl, reach: 'internet' }
  },
  'connect-chatgpt': clientPage('chatgpt', { qrCode: drawnCode }),
  'connect-chatgpt-local': clientPage('chatgpt', {
    mcpUrl: localUrl,
    reach: 'computer',
    registers: false
  }),
  'connect-claude-code': clientPage('claude-code', { mcpUrl: localUrl, reach: 'computer' }),
  'connect-claude-code-key': clientPage('claude-code', {
    newKey: { name: 'Claude Code', key: 'kagura_' + 'Ab3-_'.repeat(9).slice(0, 43) },
    watched: { phase: 'waiting', hasKey: true }
  }),
  'connect-cursor': clientPage('cursor', {
    watched: { phase: 'connected', since: day('2026-11-30'), lastUsedAt: null }
  }),
  'connect-lm-studio': clientPage('lm-studio', {
    watched: {
      phase: 'called',
      tool: 'memory_store',
      succeeded: true,
      calledAt: day('2026-12-01')
    }
  }),
  'connect-scripts': clientPage('scripts', {
    recordsCalls: false,
    watched: { phase: 'connected', since: day('2026-11-30'), lastUsedAt: day('2026-11-30') }
  }),
  'connect-tested': clientPage('chatgpt', {
    checks: [
      { check: 'health', ok: true, why: 'The server answers.' },
      { check: 'PKCE', ok: true, why: 'The metadata offers S256.' },
      {
        check: 'User-Agent openai-mcp/1.0.0',
        ok: false,
        why: 'It answers 403 instead of 401.',
        fix: 'Something in front of the server blocks robots. Allow this User-Agent there.'
      }
    ]
  }),
  'connect-untested': clientPage('claude', {
    checks: [
      {
        check: 'health',
        ok: false,
        why: 'https://memory.example.org does not answer: ENOTFOUND.',
        fix: 'Check the host name, the certificate, the proxy, and that the server runs.'
      }
    ]
  }),
  'connect-other': clientPage('other', {
    watched: {
      phase: 'called',
      tool: 'memory_search',
      succeeded: false,
      calledAt: day('2026-12-01')
    }
  })
}
