import type { GraphEdge } from '../../../db/graph/edges.ts'
import { drawGraph } from '../../../domain/graph/picture.ts'
import { edgeTypes } from '../../../domain/graph/nodes.ts'
import { day, frameOf, type Sample } from './sample.ts'

const source = { kind: 'oauth', name: 'ChatGPT' } as const
const hostileName = '\u202Egnp.exe <script>alert(1)</script> ' + 'Donaudampfschifffahrt'.repeat(5)

function entry(key: string, value: string, speaker: string | null = null) {
  const happened = day('2026-11-29')
  return { memory_id: key, key, agent_name: 'global', type: 'normal', value, speaker, happened }
}

function edge(from: string, to: string, type = 'related_to'): GraphEdge {
  return {
    user_id: 'u',
    edge_id: `${from} ${to}`,
    from_node: from,
    to_node: to,
    type,
    weight: 1,
    valid_from: day('2026-11-02'),
    valid_until: null,
    source,
    created_at: day('2026-11-02'),
    written_at: null,
    written_by: null,
    version: 1
  }
}

const people = ['Ada', 'Grace', 'Alan', hostileName].map((name) => ({
  node_id: `person:${name}`,
  type: 'person',
  name
}))
const memories = ['favourite_color', 'trip_to_kyoto', 'team_lunch', 'garden plan 2027'].map(
  (name) => ({ node_id: `memory:${name}`, type: 'memory', name })
)
const nodes = [...memories, ...people]
const edges = [
  ...memories.map(({ node_id: id }) => edge(id, 'person:Ada', 'mentioned_in')),
  edge('person:Ada', 'person:Grace'),
  edge('person:Grace', 'person:Alan', 'works_on'),
  edge('person:Alan', `person:${hostileName}`),
  edge('memory:trip_to_kyoto', 'memory:garden plan 2027', 'supersedes')
]
const byId = new Map(nodes.map((node) => [node.node_id, node]))
const graph = {
  depth: 1,
  type: '',
  types: edgeTypes,
  picture: drawGraph(
    nodes.map((node) => ({ ...node, href: '/graph', label: node.name.slice(0, 18) })),
    edges
  ),
  rows: edges.map((link) => ({
    edge: link,
    from: byId.get(link.from_node)!,
    to: byId.get(link.to_node)!
  })),
  isCut: true,
  here: '/graph',
  mayChange: true
}

const session = {
  user_id: 'u',
  session_id: 's1',
  project_id: 'kagura',
  description: 'Make the graph page readable on a phone',
  tags: [],
  started_at: day('2026-11-28'),
  ended_at: null,
  resumed_at: null,
  worked_seconds: 0,
  summary: null,
  summary_given: false,
  success: null,
  goal_memory_id: null,
  summary_memory_id: null,
  source,
  minutes: 42
}
const records = {
  counts: {
    file_changes: 1,
    files: 1,
    errors: 2,
    resolved: 1,
    decisions: 1,
    interactions: 0,
    issues: 1
  },
  decisions: [
    {
      decision_id: 'd1',
      session_id: 's1',
      decision: 'Draw the picture on the server',
      rationale: 'The page then needs no script.',
      alternatives: [],
      impact: null,
      tags: [],
      confidence: 1,
      created_at: day('2026-11-28')
    }
  ],
  errors: [
    {
      error_id: 'e1',
      error_type: 'TypeError',
      message: 'x is not a function',
      solution: 'Check it.'
    },
    { error_id: 'e2', error_type: 'Error', message: hostileName, solution: null }
  ].map((error) => ({
    user_id: 'u',
    project_id: 'kagura',
    session_id: 's1',
    file_path: 'src/graph.ts',
    line_number: 12,
    tags: [],
    fingerprint: 'f',
    resolved_at: null,
    memory_id: 'm',
    created_at: day('2026-11-28'),
    ...error
  })),
  fileChanges: [
    {
      change_id: 'c1',
      session_id: 's1',
      file_path: `src/${'deep/'.repeat(20)}graph.ts`,
      action: 'edit',
      lines_added: 12,
      lines_removed: 3,
      created_at: day('2026-11-28'),
      reason: 'Let the picture scroll.'
    }
  ],
  issues: []
}
const index = {
  user_id: 'u',
  project_id: 'kagura',
  project_no: 1,
  files: 214,
  bytes: 1_234_567,
  imports: 900,
  indexed_at: day('2026-11-27')
}

/** The timeline, the graph and the projects. */
export const placesSamples: Record<string, Sample> = {
  timeline: {
    view: 'memories/timeline',
    data: {
      ...frameOf('memories'),
      when: '',
      namespace: '',
      days: [
        {
          date: day('2026-11-29'),
          entries: [
            entry('favourite_color', 'Blue, since 2024.'),
            entry('chat-7', 'I am allergic to hazelnuts.', 'Ada'),
            entry(hostileName, hostileName)
          ]
        },
        { date: day('2026-11-02'), entries: [entry('trip', 'Kyoto in spring.')] }
      ],
      links: { older: '/timeline?cursor=x', newest: '/timeline' }
    }
  },
  'timeline-empty': {
    view: 'memories/timeline',
    data: { ...frameOf('memories'), when: '', namespace: '', days: [], links: {} }
  },
  'timeline-fault': {
    view: 'memories/timeline',
    status: 400,
    data: {
      ...frameOf('memories'),
      when: 'blursday',
      namespace: '',
      fault: 'time_range: "blursday" is not a time. Try "last week" or "May 2023".',
      days: [],
      links: {}
    }
  },
  graph: { view: 'memories/graph', data: { ...frameOf('memories'), ...graph } },
  'graph-centre': {
    view: 'memories/graph',
    data: {
      ...frameOf('memories'),
      ...graph,
      centre: memories[0],
      memoryPath: '/memories/favourite_color',
      isCut: false,
      mayChange: false
    }
  },
  'graph-empty': {
    view: 'memories/graph',
    data: { ...frameOf('memories'), ...graph, rows: [], picture: drawGraph([], []), isCut: false }
  },
  projects: {
    view: 'projects/list',
    data: {
      ...frameOf('memories'),
      projects: [
        {
          project_id: 'kagura',
          sessions: 12,
          last_started_at: day('2026-11-28'),
          is_active: true,
          index
        },
        { project_id: hostileName, sessions: 0, is_active: false, index }
      ],
      more: '/projects?from=50'
    }
  },
  'projects-empty': { view: 'projects/list', data: { ...frameOf('memories'), projects: [] } },
  project: {
    view: 'projects/project',
    data: {
      ...frameOf('memories'),
      project: {
        project_id: 'kagura',
        sessions: [session, { ...session, session_id: 's2', ended_at: day('2026-11-29') }],
        index,
        languages: [{ language: 'typescript', files: 200 }],
        ...records
      },
      path: '/projects/kagura',
      mayChange: true,
      captured: false
    }
  },
  'project-session': {
    view: 'projects/session',
    data: {
      ...frameOf('memories'),
      ...records,
      session: { ...session, ended_at: day('2026-11-29'), success: true, summary: 'It works.' },
      path: '/projects/kagura',
      mayChange: true
    }
  },
  'project-files': {
    view: 'projects/files',
    data: {
      ...frameOf('memories'),
      project_id: 'kagura',
      path: '/projects/kagura',
      files: [
        {
          path: `src/${'deep/'.repeat(20)}graph.ts`,
          language: 'typescript',
          lines: 90,
          bytes: 3000
        }
      ],
      total: 214,
      more: '/projects/kagura/files?after=x'
    }
  }
}
