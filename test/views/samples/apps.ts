import type { AppRow, AppsPages } from '../../../plugins/console/pages/apps.ts'
import { toolGroups } from '../../../tools/scopes.ts'
import { hostile } from './hostile.ts'
import { day, frameOf, type Sample } from './sample.ts'

export const limits: AppsPages['apps/new-key']['limits'] = {
  access: 'full',
  isBound: false,
  beyondNamespaces: false,
  namespaces: ['family', 'global', 'work'].map((name) => ({ name, checked: false }))
}

export const chatgpt: AppRow = {
  id: 'a'.repeat(32),
  kind: 'client',
  sourceId: 'chatgpt-connector',
  name: 'ChatGPT',
  permissions: [...toolGroups],
  readsOnly: false,
  namespaces: null,
  since: day('2026-11-03'),
  lastUsed: new Date(Date.now() - 7_200_000),
  expires: null,
  state: 'active',
  installations: 3,
  calls: 421,
  memories: 87
}
const cursor: AppRow = {
  ...chatgpt,
  id: 'b'.repeat(32),
  name: 'Cursor at work',
  ownName: 'Cursor',
  permissions: ['memory', 'graph'],
  readsOnly: true,
  namespaces: ['work', 'global'],
  lastUsed: null,
  installations: 1,
  calls: 0,
  memories: 0
}
export const key: AppRow = {
  ...chatgpt,
  id: '5f0c9bd2-4f57-4f0a-9a55-6a0f0d6d4c11',
  kind: 'key',
  name: 'Claude Code on my laptop',
  prefix: 'kagura_3fJx',
  permissions: ['memory', 'coding'],
  expires: day('2027-02-01'),
  installations: 1,
  calls: 1000,
  memories: 1000
}
export const ended: AppRow[] = [
  { ...key, name: 'Nightly script', state: 'expired', expires: day('2026-09-01'), calls: 0 },
  { ...key, name: 'Old laptop', state: 'revoked', permissions: [], calls: 0 },
  { ...cursor, name: 'Windsurf', state: 'ended', installations: 0 }
]

export const hostileRow: AppRow = {
  ...chatgpt,
  name: hostile.repeat(3),
  ownName: hostile,
  sourceId: hostile,
  namespaces: [hostile]
}
const frame = frameOf('apps')

/** The pages of apps and keys. */
export const appsSamples: Record<string, Sample> = {
  apps: {
    view: 'apps/list',
    data: {
      ...frame,
      apps: [chatgpt, cursor, key],
      ended,
      endedOpen: false,
      links: { more: '/apps?after=x', moreEnded: '/apps?ended=x' },
      mcpUrl: 'https://memory.example.org/mcp'
    }
  },
  'apps-empty': {
    view: 'apps/list',
    data: { ...frame, apps: [], ended: [], endedOpen: false, links: {}, mcpUrl: 'http://x/mcp' }
  },
  'apps-new-key-shown': {
    view: 'apps/list',
    data: {
      ...frame,
      apps: [key],
      ended,
      endedOpen: true,
      links: { first: '/apps' },
      newKey: { name: 'Claude Code', key: 'kagura_' + 'Ab3-_'.repeat(9).slice(0, 43) },
      mcpUrl: 'https://memory.example.org/mcp'
    }
  },
  'apps-hostile': {
    view: 'apps/list',
    data: {
      ...frameOf('apps', 'user', { notice: hostile }),
      apps: [hostileRow],
      ended: [{ ...hostileRow, kind: 'key', prefix: hostile, state: 'revoked' }],
      endedOpen: true,
      links: {},
      newKey: { name: hostile, key: hostile },
      mcpUrl: hostile
    }
  },
  'apps-key-form': {
    view: 'apps/new-key',
    data: { ...frame, keyForm: 'form', groups: toolGroups, limits }
  },
  'apps-key-problem': {
    view: 'apps/new-key',
    data: {
      ...frameOf('apps', 'user', {
        problem: { form: 'keys', field: 'reach', text: 'Select at least one namespace.' },
        typed: {
          name: hostile,
          days: '365',
          scope: ['mcp:memory'],
          access: 'read',
          reach: 'namespaces',
          namespace: ['work'],
          new_namespace: hostile,
          beyond: 'yes'
        }
      }),
      keyForm: 'form',
      groups: toolGroups,
      limits
    }
  }
}
