import t from 'tap'
import { call, connectClient } from './support/mcp-client.ts'
import { allTools } from '../tools/index.ts'
import { outside } from './support/outside.ts'
import { runService } from './support/running.ts'

const { network } = await outside(t, (_, response) =>
  response.writeHead(200, { 'content-type': 'text/plain' }).end('page')
)
const running = await runService(t, { BRAVE_SEARCH_API_KEY: 'key' }, undefined, { network })

/** Arguments that would reach the other person's data if any arguments could. */
const reaching: Record<
  string,
  (theirs: { id: string; user_id: string; session_id: string }) => object
> = {
  search: () => ({ query: 'secret orchid' }),
  fetch: ({ id }) => ({ id }),
  memory_store: () => ({ key: 'mine', value: 'nothing' }),
  memory_recall: ({ user_id: id }) => ({ key: 'plant', user_id: id }),
  memory_search: ({ user_id: id }) => ({ query: 'secret orchid', user_id: id }),
  memory_list: ({ user_id: id }) => ({ limit: 1000, user_id: id }),
  memory_update: () => ({ key: 'plant', value: 'stolen' }),
  memory_delete: () => ({ key: 'plant' }),
  memory_get_chunk_context: () => ({ parent_id: 'plant', chunk_index: 0 }),
  memory_get_chunk_metadata: () => ({ parent_id: 'plant' }),
  memory_history: ({ id }) => ({ id }),
  memory_restore: ({ id }) => ({ id, version: 1 }),
  memory_search_ids: () => ({ query: 'secret orchid' }),
  memory_fetch: ({ id }) => ({ id }),
  memory_get_full_document: ({ id }) => ({ parent_id: id }),
  memory_fuzzy_recall: () => ({ key_pattern: 'plant', similarity_threshold: 0 }),
  memory_timeline: ({ user_id: id }) => ({ time_range: 'last_day', user_id: id }),
  memory_feedback: () => ({ key: 'plant', label: 'useful' }),
  memory_stats: () => ({}),
  memory_get_tool_history: ({ user_id: id }) => ({ limit: 100, user_id: id }),
  graph_link: ({ id }) => ({ from: id, to: 'topic:stolen' }),
  graph_unlink: ({ id }) => ({ from: id, to: 'topic:greenhouse' }),
  memory_get_related: ({ id }) => ({ node_id: `memory:${id}` }),
  memory_record_interaction: ({ user_id: id }) => ({
    query: 'hello',
    response: 'good day',
    user_id: id
  }),
  memory_get_user_pattern: ({ user_id: id }) => ({ user_id: id }),
  coding_start_session: () => ({ project_id: 'greenhouse', description: 'mine' }),
  coding_get_current_session_status: () => ({ project_id: 'greenhouse' }),
  coding_track_file_change: () => ({
    project_id: 'greenhouse',
    file_path: 'valve.ts',
    action: 'edit',
    reason: 'mine'
  }),
  coding_record_error: () => ({
    project_id: 'greenhouse',
    error_type: 'Error',
    message: 'valve stuck at 7'
  }),
  coding_search_errors: () => ({ project_id: 'greenhouse', query: 'valve stuck at 8' }),
  coding_record_decision: () => ({ project_id: 'greenhouse', decision: 'mine', rationale: 'mine' }),
  coding_track_interaction: () => ({
    project_id: 'greenhouse',
    user_query: 'mine',
    ai_response: 'mine',
    interaction_type: 'question'
  }),
  coding_link_github_issue: () => ({ project_id: 'greenhouse', issue_number: 5 }),
  coding_get_issue_context: () => ({ issue_number: 5 }),
  coding_get_project_context: () => ({ project_id: 'greenhouse', focus: 'orchid watering' }),
  coding_analyze_patterns: () => ({ project_id: 'greenhouse' }),
  coding_generate_pr_description: () => ({ project_id: 'greenhouse' }),
  coding_end_session: () => ({ project_id: 'greenhouse' }),
  coding_resume_session: ({ session_id: id }) => ({ project_id: 'greenhouse', session_id: id }),
  coding_index_source_code: () => ({
    project_id: 'greenhouse',
    files: [{ path: 'valve.ts' }],
    complete: true
  }),
  coding_search_source_code: ({ user_id: id }) => ({
    project_id: 'greenhouse',
    query: 'orchid',
    user_id: id
  }),
  coding_analyze_file_dependencies: () => ({ project_id: 'greenhouse', file_path: 'valve.ts' }),
  coding_analyze_refactor_impact: () => ({ project_id: 'greenhouse', file_path: 'valve.ts' }),
  coding_suggest_refactor_order: () => ({ project_id: 'greenhouse', files: ['valve.ts'] }),
  web_scrape: ({ user_id: id }) => ({ url: 'https://a.example.com/', user_id: id }),
  brave_web_search: () => ({ query: 'secret orchid' }),
  brave_news_search: () => ({ query: 'secret orchid' }),
  brave_image_search: () => ({ query: 'secret orchid' }),
  brave_video_search: () => ({ query: 'secret orchid' }),
  arxiv_search: () => ({ query: 'secret orchid' }),
  get_youtube_transcript: () => ({ video_url: 'abcdefghijk' }),
  get_youtube_metadata: () => ({ video_url: 'abcdefghijk' }),
  youtube_summarize: () => ({ video_url: 'abcdefghijk' }),
  youtube_fact_check: () => ({ video_url: 'abcdefghijk', claim: 'secret orchid' }),
  fact_check_claim: () => ({ claim: 'secret orchid' })
}

t.test(
  'nothing of one person is visible to another through any tool, id, count or error',
  async (t) => {
    const [owner, stranger] = [await running.person(), await running.person()]
    const theirs = await connectClient(t, running.url, (await running.key(owner)).key)
    const mine = await connectClient(t, running.url, (await running.key(stranger)).key, 'sse')
    await call(theirs, 'memory_store', {
      key: 'plant',
      value: 'the secret orchid of Lucia',
      tags: ['hidden'],
      agent_name: 'global'
    })
    await call(theirs, 'coding_start_session', {
      project_id: 'greenhouse',
      description: 'orchid watering of Lucia'
    })
    await call(theirs, 'coding_index_source_code', {
      project_id: 'greenhouse',
      files: [{ path: 'valve.ts', content: '// waters the orchid of Lucia' }]
    })
    await call(theirs, 'coding_track_file_change', {
      project_id: 'greenhouse',
      file_path: 'valve.ts',
      action: 'edit',
      reason: 'Lucia closes it'
    })
    await call(theirs, 'coding_record_error', {
      project_id: 'greenhouse',
      error_type: 'Error',
      message: 'valve stuck at 6',
      solution: 'Lucia turned it'
    })
    await call(theirs, 'coding_link_github_issue', {
      project_id: 'greenhouse',
      issue_number: 5,
      title: 'of Lucia'
    })
    const { session_id: session } = (
      await call(theirs, 'coding_get_current_session_status', { project_id: 'greenhouse' })
    ).structured
    const { structured } = await call(theirs, 'memory_search_ids', { query: 'secret orchid' })
    const id = structured.results[0].id as string

    t.same(
      Object.keys(reaching).sort(),
      allTools.map(({ name }) => name).sort(),
      'every tool is tried'
    )
    for (const [name, args] of Object.entries(reaching)) {
      const answer = await call(
        mine,
        name,
        args({ id, user_id: owner.user_id, session_id: session }) as Record<string, unknown>
      )
      t.notMatch(JSON.stringify(answer), /orchid of|Lucia|hidden/, name)
      t.notMatch(JSON.stringify(answer), owner.user_id, name)
    }
    const stats = (await call(mine, 'memory_stats')).structured
    t.equal(
      stats.total_memories,
      11,
      'only what these calls stored: a memory, an exchange, and a coding session with its records'
    )
    t.match(
      (await call(theirs, 'memory_recall', { key: 'plant' })).structured,
      { value: 'the secret orchid of Lucia', tags: ['hidden'] },
      'nothing was changed or deleted'
    )
    t.notOk(
      (await call(theirs, 'coding_get_current_session_status', { project_id: 'greenhouse' }))
        .isError
    )
    t.equal(
      (
        await call(theirs, 'coding_search_source_code', {
          project_id: 'greenhouse',
          query: 'orchid'
        })
      ).structured.results.length,
      1
    )
  }
)

t.test("deleting all of another person's memories changes no ranking and no score", async (t) => {
  const [searcher, neighbour] = [await running.person(), await running.person()]
  const mine = await connectClient(t, running.url, (await running.key(searcher)).key)
  const theirs = await connectClient(t, running.url, (await running.key(neighbour)).key)
  for (const n of [1, 2, 3, 4, 5]) {
    await call(mine, 'memory_store', {
      key: `walk_${n}`,
      value: `walk number ${n} ${'along the river '.repeat(n)}`
    })
  }
  const before = (await call(mine, 'memory_search', { query: 'river walk' })).structured
  for (const n of [1, 2, 3, 4, 5]) {
    await call(theirs, 'memory_store', { key: `walk_${n}`, value: 'river river walk' })
  }
  t.same((await call(mine, 'memory_search', { query: 'river walk' })).structured, before)
  await running.app.db.deleteFrom('users').where('user_id', '=', neighbour.user_id).execute()
  t.same((await call(mine, 'memory_search', { query: 'river walk' })).structured, before)
})
