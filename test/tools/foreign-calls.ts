import type { Test } from 'tap'

/** Calls a tool as one user and returns its structured answer; throws if the tool refuses. */
export type OwnerCall = (name: string, args: Record<string, unknown>) => Promise<any>

/** What a stranger may have learned about the owner, and uses as arguments. */
export interface OwnerIds {
  user_id: string
  memory_id: string
  deleted_id: string
  session_id: string
  cursor: string
}

/** Matches every text that `storeSecrets` stores and `foreignCalls` does not contain. */
export const secretText = /orchid of|Lucia|hiddentag|sprinkler/

const project = { project_id: 'greenhouse' }
const valve = { ...project, file_path: 'valve.ts' }

/** Stores data of each kind for the owner. */
export async function storeSecrets(owner: OwnerCall, userId: string): Promise<OwnerIds> {
  await owner('memory_store', {
    key: 'plant',
    value: 'the secret orchid of Lucia',
    tags: ['hiddentag'],
    agent_name: 'global'
  })
  await storeCodingSecrets(owner)
  await owner('graph_link', { from: 'plant', to: 'topic:greenhouse' })
  const { results: plants } = await owner('memory_search_ids', { query: 'secret orchid' })
  await owner('memory_store', { key: 'second', value: 'another orchid of Lucia' })
  const { next_cursor: cursor } = await owner('memory_list', { limit: 1 })
  await owner('memory_store', { key: 'gone', value: 'Lucia leaves the harbour' })
  const { results: deleted } = await owner('memory_search_ids', { query: 'harbour' })
  await owner('memory_delete', { key: 'gone' })
  await owner('web_scrape', { url: 'https://a.example.com/' })
  const { session_id: sessionId } = await owner('coding_get_current_session_status', project)
  return {
    user_id: userId,
    memory_id: plants.find(({ key }: { key: string }) => key === 'plant').id,
    deleted_id: deleted[0].id,
    session_id: sessionId,
    cursor
  }
}

async function storeCodingSecrets(owner: OwnerCall): Promise<void> {
  await owner('coding_start_session', { ...project, description: 'orchid watering of Lucia' })
  await owner('coding_index_source_code', {
    ...project,
    files: [
      { path: 'Lucia.ts', content: 'export const sprinkler = 1' },
      { path: 'valve.ts', content: "// waters the orchid of Lucia\nimport './Lucia.ts'" }
    ]
  })
  await owner('coding_track_file_change', { ...valve, action: 'edit', reason: 'Lucia closes it' })
  await owner('coding_record_error', {
    ...project,
    error_type: 'Error',
    message: 'valve stuck at 6',
    solution: 'Lucia turned it'
  })
  await owner('coding_link_github_issue', { ...project, issue_number: 5, title: 'of Lucia' })
}

/** Fails unless the data of `storeSecrets` is as it was before the foreign calls. */
export async function assertSecretsKept(t: Test, owner: OwnerCall): Promise<void> {
  t.match(
    await owner('memory_recall', { key: 'plant' }),
    { value: 'the secret orchid of Lucia', tags: ['hiddentag'], importance: 0.5 },
    'nothing was changed or deleted'
  )
  t.equal((await owner('memory_history', { key: 'gone' })).count, 2)
  t.equal((await owner('coding_get_current_session_status', project)).active, true)
  const { results } = await owner('coding_search_source_code', { ...project, query: 'orchid' })
  t.equal(results.length, 1)
}

/**
 * For each tool the arguments that would reach the owner's data if anything could. In this order a
 * stranger reads before they store, and the coding tools run within a session of their own.
 */
export function foreignCalls(ids: OwnerIds): Record<string, Array<Record<string, unknown>>> {
  return { ...memoryCalls(ids), ...codingCalls(ids), ...webCalls(ids), ...storingCalls(ids) }
}

function memoryCalls({
  user_id: userId,
  memory_id: id,
  deleted_id: deletedId,
  cursor
}: OwnerIds): Record<string, Array<Record<string, unknown>>> {
  const query = 'secret orchid'
  const key = 'plant'
  return {
    search: [{ query }],
    fetch: [{ id }],
    memory_recall: [{ key, user_id: userId }],
    memory_search: [{ query, user_id: userId }],
    memory_list: [{ cursor }, { limit: 1000, user_id: userId }],
    memory_update: [{ key, value: 'stolen' }],
    memory_delete: [{ key }],
    memory_get_chunk_context: [id, key].map((parent) => ({ parent_id: parent, chunk_index: 0 })),
    memory_get_chunk_metadata: [{ parent_id: key }],
    memory_history: [{ key }, { id }, { id: deletedId }],
    memory_restore: [{ key, version: 1 }, { id, version: 1 }, { key: 'gone' }, { id: deletedId }],
    memory_search_ids: [{ query }],
    memory_fetch: [{ key }, { id }],
    memory_get_full_document: [{ parent_id: key }, { parent_id: id }],
    memory_fuzzy_recall: [{ key_pattern: key, similarity_threshold: 0 }],
    memory_timeline: [{ time_range: 'last_day', user_id: userId }],
    memory_briefing: [{ prompt: query, project_id: 'greenhouse' }, {}],
    memory_feedback: [
      { key, label: 'useful' },
      { key, label: 'outdated' }
    ],
    memory_stats: [{}],
    memory_get_tool_history: [{ limit: 100, user_id: userId }],
    memory_get_tool_list: [{ user_id: userId }],
    graph_link: [
      { from: key, to: 'topic:greenhouse' },
      { from: id, to: 'topic:stolen' }
    ],
    graph_unlink: [key, id].map((from) => ({ from, to: 'topic:greenhouse' })),
    memory_get_related: [{ node_id: 'topic:greenhouse' }, { node_id: `memory:${id}` }],
    memory_get_user_pattern: [{ user_id: userId }]
  }
}

function codingCalls({
  user_id: userId,
  session_id: sessionId
}: OwnerIds): Record<string, Array<Record<string, unknown>>> {
  const issue = { issue_number: 5 }
  return {
    coding_start_session: [{ ...project, description: 'mine' }],
    coding_get_current_session_status: [project],
    coding_track_file_change: [{ ...valve, action: 'edit', reason: 'mine' }],
    coding_record_error: [{ ...project, error_type: 'Error', message: 'valve stuck at 7' }],
    coding_search_errors: [{ ...project, query: 'valve stuck at 8' }],
    coding_record_decision: [{ ...project, decision: 'mine', rationale: 'mine' }],
    coding_track_interaction: [
      { ...project, user_query: 'mine', ai_response: 'mine', interaction_type: 'question' }
    ],
    coding_link_github_issue: [{ ...project, ...issue }],
    coding_get_issue_context: [issue],
    coding_get_project_context: [{ ...project, focus: 'orchid watering' }],
    coding_analyze_patterns: [project],
    coding_generate_pr_description: [project, { ...project, session_id: sessionId }],
    coding_end_session: [project],
    coding_resume_session: [{ ...project, session_id: sessionId }],
    coding_index_source_code: [
      { ...project, files: [{ path: 'valve.ts' }], removed: ['third.ts'], complete: true }
    ],
    coding_search_source_code: [{ ...project, query: 'orchid', user_id: userId }],
    coding_analyze_file_dependencies: [valve],
    coding_analyze_refactor_impact: [valve],
    coding_suggest_refactor_order: [{ ...project, files: ['valve.ts'] }]
  }
}

function webCalls({ user_id: userId }: OwnerIds): Record<string, Array<Record<string, unknown>>> {
  const query = 'secret orchid'
  const video = { video_url: 'abcdefghijk' }
  return {
    web_scrape: [{ url: 'https://a.example.com/', user_id: userId }],
    brave_web_search: [{ query }],
    brave_news_search: [{ query }],
    brave_image_search: [{ query }],
    brave_video_search: [{ query }],
    arxiv_search: [{ query }],
    get_youtube_transcript: [video],
    get_youtube_metadata: [video],
    youtube_summarize: [video],
    youtube_fact_check: [{ ...video, claim: query }],
    fact_check_claim: [{ claim: query }]
  }
}

/** These come last: from here on the stranger has memories of their own. */
function storingCalls({
  user_id: userId
}: OwnerIds): Record<string, Array<Record<string, unknown>>> {
  return {
    memory_record_interaction: [{ query: 'hello', response: 'good day', user_id: userId }],
    memory_store: [{ key: 'plant', value: 'a plant of another user' }]
  }
}
