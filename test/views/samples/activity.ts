import type { AppsPages, CallRow } from '../../../plugins/console/pages/apps.ts'
import { chatgpt, key } from './apps.ts'
import { hostile } from './hostile.ts'
import { frameOf, type Sample } from './sample.ts'

const call: CallRow = {
  number: 812,
  tool: 'memory_search',
  app: 'ChatGPT',
  appId: chatgpt.id,
  at: new Date(Date.now() - 600_000),
  duration: 18,
  outcome: 'ok',
  summary: 'query: what tea does Ada drink, limit: 5'
}
export const calls: CallRow[] = [
  call,
  { ...call, number: 811, tool: 'memory_store', summary: 'key: tea, value: Sencha in the morning' },
  { ...call, number: 810, tool: 'scrape_url', outcome: 'timed_out', duration: 40_012 },
  { ...call, number: 809, app: 'Claude Code on my laptop', tool: 'memory_list', summary: '' }
]

export const hostileCall: CallRow = { ...call, app: hostile, summary: hostile.repeat(4) }

const activity: AppsPages['activity/list'] = {
  calls,
  filter: { app: '', tool: '', outcome: '', when: '' },
  apps: [chatgpt, key].map(({ id, name }) => ({ id, name })),
  tools: ['fetch', 'memory_search', 'memory_store'],
  links: {
    more: '/activity?after=x',
    csv: '/activity/export?format=csv',
    json: '/activity/export?format=json'
  },
  isFiltered: false,
  days: 30
}

/** The pages of tool calls. */
export const activitySamples: Record<string, Sample> = {
  activity: { view: 'activity/list', data: { ...frameOf('activity'), ...activity } },
  'activity-empty': {
    view: 'activity/list',
    data: { ...frameOf('activity'), ...activity, calls: [], apps: [], days: 0 }
  },
  'activity-filtered': {
    view: 'activity/list',
    data: {
      ...frameOf('activity'),
      ...activity,
      calls: [hostileCall],
      apps: [{ id: 'x', name: hostile }],
      filter: { app: 'x', tool: 'fetch', outcome: 'failed', when: 'week' },
      isFiltered: true
    }
  },
  'activity-call': {
    view: 'activity/call',
    data: {
      ...frameOf('activity'),
      call: {
        ...hostileCall,
        outcome: 'refused',
        via: 'mcp',
        said: hostile,
        arguments: JSON.stringify({ query: hostile, limit: 5 }, null, 2)
      }
    }
  }
}
