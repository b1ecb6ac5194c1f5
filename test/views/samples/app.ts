import type { AppsPages, Installation } from '../../../plugins/console/pages/apps.ts'
import { toolGroups } from '../../../tools/scopes.ts'
import { calls, hostileCall } from './activity.ts'
import { chatgpt, ended, hostileRow, key, limits } from './apps.ts'
import { hostile } from './hostile.ts'
import { day, frameOf, type Sample } from './sample.ts'

const installations: Installation[] = [
  {
    grant_id: 'g1',
    created_at: day('2026-11-03'),
    last_used_at: new Date(Date.now() - 7_200_000),
    unused_since: null,
    origin: 'https://chatgpt.com',
    address: '203.0.113.7',
    names: { browser: 'Firefox', system: 'macOS' },
    userAgent: 'Mozilla/5.0'
  },
  ...['g2', 'g3'].map((id) => ({
    grant_id: id,
    created_at: day('2026-10-30'),
    last_used_at: null,
    unused_since: day('2026-11-03'),
    origin: 'http://127.0.0.1',
    address: null,
    names: undefined,
    userAgent: id === 'g2' ? 'kagura-device/1.0' : null
  }))
]

const appPage: AppsPages['apps/app'] = {
  app: chatgpt,
  groups: toolGroups.map((group) => ({ group, checked: group !== 'web' })),
  limits,
  toolList: null,
  captured: false,
  captureDays: 90,
  installations,
  unused: ['g2', 'g3'],
  moreInstallations: `/apps/${chatgpt.id}?after=g3`,
  memories: ['tea', 'trip to Kyoto'].map((name) => ({
    memory_id: name,
    agent_name: 'global',
    key: name,
    value: 'Sencha in the morning, hojicha in the evening.',
    value_length: 46,
    updated_at: new Date(Date.now() - 7_200_000)
  })),
  calls,
  mayUndo: true
}

const undone = [
  { memory_id: 'm1', agent_name: 'global', key: 'tea', change: 'deleted' as const },
  {
    memory_id: 'm2',
    agent_name: 'work',
    key: 'plan',
    change: 'reverted' as const,
    to_version: 3
  }
]
const undoPage: AppsPages['apps/undo'] = {
  app: { id: chatgpt.id, name: 'ChatGPT' },
  last: '24h',
  at: '',
  since: day('2026-11-30'),
  preview: {
    undone,
    conflicts: [
      {
        memory_id: 'm3',
        agent_name: 'global',
        key: 'address',
        changed_by: 'Claude',
        changed_at: '2026-11-30T12:00:00.000Z'
      },
      { memory_id: 'm4', agent_name: 'global', key: 'x', reason: 'another memory has the key now' }
    ],
    links: {
      undone: [{ edge_id: 'e1', type: 'related_to', from: 'tea', to: 'trip', change: 'deleted' }],
      conflicts: []
    }
  }
}

const frame = frameOf('apps')

/** The page of one app or key. */
export const appSamples: Record<string, Sample> = {
  app: { view: 'apps/app', data: { ...frame, ...appPage } },
  'app-key': {
    view: 'apps/app',
    data: {
      ...frameOf('apps', 'user', {
        problem: { form: 'limits', field: 'group', text: 'Select at least one permission.' },
        typed: {
          group: [],
          access: 'read',
          reach: 'all',
          namespace: [],
          new_namespace: '',
          beyond: ''
        }
      }),
      ...appPage,
      app: key,
      toolList: 'coding',
      installations: [],
      unused: [],
      memories: [],
      calls: []
    }
  },
  'app-ended': {
    view: 'apps/app',
    data: { ...frame, ...appPage, app: ended[2]!, installations: [], unused: [] }
  },
  'app-hostile': {
    view: 'apps/app',
    data: {
      ...frameOf('apps', 'user', {
        problem: { form: 'rename', field: 'name', text: hostile },
        typed: { name: hostile }
      }),
      ...appPage,
      app: hostileRow,
      limits: { ...limits, isBound: true, namespaces: [{ name: hostile, checked: true }] },
      installations: [
        {
          ...installations[0]!,
          origin: hostile,
          address: hostile,
          names: undefined,
          userAgent: hostile
        }
      ],
      memories: [{ ...appPage.memories[0]!, key: hostile, value: hostile, agent_name: hostile }],
      calls: [hostileCall]
    }
  },
  'app-undo': { view: 'apps/undo', data: { ...frame, ...undoPage } },
  'app-undo-ask': {
    view: 'apps/undo',
    data: {
      ...frame,
      app: undoPage.app,
      last: '7d',
      at: 'tomorrow',
      problem: { form: 'undo', field: 'at', text: 'Enter a date and a time.' }
    }
  },
  'app-undo-nothing': {
    view: 'apps/undo',
    data: {
      ...frame,
      ...undoPage,
      preview: { undone: [], conflicts: [], links: { undone: [], conflicts: [] } }
    }
  },
  'app-undo-hostile': {
    view: 'apps/undo',
    data: {
      ...frame,
      ...undoPage,
      app: { id: 'x', name: hostile },
      preview: {
        undone: [{ ...undone[0]!, key: hostile, agent_name: hostile }],
        conflicts: [
          {
            memory_id: 'm',
            agent_name: hostile,
            key: hostile,
            changed_by: hostile,
            changed_at: ''
          }
        ],
        links: {
          undone: [{ edge_id: 'e', type: hostile, from: hostile, to: hostile, change: 'restored' }],
          conflicts: []
        }
      }
    }
  }
}
