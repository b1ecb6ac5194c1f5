import t from 'tap'
import { insertToolCalls } from '../../db/audit/tool-calls.ts'
import { allTools } from '../../tools/index.ts'
import { people } from './caller.ts'
import { send, world } from './web/world.ts'

t.test('nothing of one person is visible to another through any tool', async (t) => {
  const {
    db,
    caller: ada,
    other: bob
  } = await world(
    ({ headers }, response) => {
      if (headers.host === 'api.search.brave.com') return send(response, 'application/json', '{}')
      send(
        response,
        headers.host === 'export.arxiv.org' ? 'application/atom+xml' : 'text/plain',
        '<feed></feed>'
      )
    },
    { BRAVE_SEARCH_API_KEY: 'key' }
  )
  await ada.call('memory_store', {
    key: 'plan',
    value: 'Ada buys the lighthouse',
    tags: ['adatag'],
    agent_name: 'global'
  })
  await ada.call('coding_start_session', { project_id: 'p', description: 'Ada writes a compiler' })
  await ada.call('coding_index_source_code', {
    project_id: 'code',
    files: [
      { path: 'Ada.ts', content: 'export const compiler = 1' },
      { path: 'second.ts', content: "import './Ada.ts'" }
    ]
  })
  const { session_id: session } = (
    await ada.call('coding_get_current_session_status', { project_id: 'p' })
  ).answer
  await ada.call('coding_track_file_change', {
    project_id: 'p',
    file_path: 'compiler.ts',
    action: 'create',
    reason: 'Ada begins'
  })
  await ada.call('coding_record_error', {
    project_id: 'p',
    error_type: 'E',
    message: 'lexer of the compiler fails',
    solution: 'Ada fixed it'
  })
  await ada.call('coding_link_github_issue', {
    project_id: 'p',
    issue_number: 9,
    title: 'Ada wants a compiler'
  })
  await ada.call('graph_link', { from: 'plan', to: 'topic:harbour' })
  const [{ id }] = (await ada.call('search', { query: 'lighthouse' })).answer.results
  const { next_cursor: cursor } = (
    (await ada.call('memory_store', { key: 'second', value: 'lighthouse' })) &&
    (await ada.call('memory_list', { limit: 1 }))
  ).answer

  await ada.call('memory_store', { key: 'gone', value: 'Ada leaves the harbour' })
  const [{ id: gone }] = (await ada.call('memory_search_ids', { query: 'harbour' })).answer.results
  await ada.call('memory_delete', { key: 'gone' })

  await insertToolCalls(db, [
    {
      user_id: ada.user_id,
      tool: 'memory_store',
      groups: ['memory'],
      source: { kind: 'api_key', name: 'key of Ada' },
      via: 'mcp',
      duration_ms: 1,
      outcome: 'ok',
      arguments: { key: 'plan' },
      said: null,
      began: performance.now()
    }
  ])
  await ada.call('web_scrape', { url: 'https://a.example.com/' })

  const asked: Record<string, () => Promise<unknown>> = {
    memory_recall: () => bob.refusal('memory_recall', { key: 'plan', user_id: ada.user_id }),
    memory_search: () => bob.call('memory_search', { query: 'who buys the lighthouse' }),
    memory_list: () => bob.call('memory_list', { cursor }),
    memory_update: () => bob.refusal('memory_update', { key: 'plan', value: 'sold' }),
    memory_delete: () => bob.refusal('memory_delete', { key: 'plan' }),
    memory_get_chunk_context: () =>
      bob.refusal('memory_get_chunk_context', { parent_id: id, chunk_index: 0 }),
    memory_get_chunk_metadata: () =>
      bob.refusal('memory_get_chunk_metadata', { parent_id: 'plan' }),
    memory_history: () =>
      Promise.all([
        bob.refusal('memory_history', { key: 'plan' }),
        bob.refusal('memory_history', { id: gone }).then((said) => said.replace(gone, ''))
      ]),
    memory_restore: () =>
      Promise.all(
        [{ key: 'plan', version: 1 }, { key: 'gone' }, { id: gone }].map(async (args) =>
          (await bob.refusal('memory_restore', args)).replace(gone, '')
        )
      ),
    memory_search_ids: () => bob.call('memory_search_ids', { query: 'who buys the lighthouse' }),
    memory_fetch: () => bob.refusal('memory_fetch', { key: 'plan' }),
    memory_get_full_document: async () => [
      await bob.refusal('memory_get_full_document', { parent_id: 'plan' }),
      (await bob.refusal('memory_get_full_document', { parent_id: id })).replace(id, '')
    ],
    memory_fuzzy_recall: () =>
      bob.call('memory_fuzzy_recall', { key_pattern: 'plan', similarity_threshold: 0 }),
    memory_timeline: () => bob.call('memory_timeline', { time_range: 'last_day' }),
    memory_feedback: () => bob.refusal('memory_feedback', { key: 'plan', label: 'outdated' }),
    memory_stats: () => bob.call('memory_stats'),
    memory_get_tool_history: () => bob.call('memory_get_tool_history'),
    search: () => bob.call('search', { query: 'lighthouse' }),
    fetch: () => bob.refusal('fetch', { id }),
    coding_get_current_session_status: () =>
      bob.call('coding_get_current_session_status', { project_id: 'p' }),
    coding_end_session: () => bob.refusal('coding_end_session', { project_id: 'p' }),
    coding_search_source_code: () =>
      bob.refusal('coding_search_source_code', { project_id: 'code', query: 'parser' }),
    coding_analyze_file_dependencies: () =>
      bob.refusal('coding_analyze_file_dependencies', {
        project_id: 'code',
        file_path: 'second.ts'
      }),
    coding_analyze_refactor_impact: () =>
      bob.refusal('coding_analyze_refactor_impact', { project_id: 'code', file_path: 'second.ts' }),
    coding_suggest_refactor_order: () =>
      bob.refusal('coding_suggest_refactor_order', { project_id: 'code', files: ['second.ts'] }),
    coding_index_source_code: () =>
      bob.call('coding_index_source_code', {
        project_id: 'code',
        files: [{ path: 'second.ts' }],
        removed: ['third.ts'],
        complete: true
      }),
    coding_resume_session: () =>
      bob.refusal('coding_resume_session', { project_id: 'p', session_id: session }),
    coding_track_file_change: () =>
      bob.refusal('coding_track_file_change', {
        project_id: 'p',
        file_path: 'a',
        action: 'edit',
        reason: 'r'
      }),
    coding_record_error: () =>
      bob.refusal('coding_record_error', {
        project_id: 'p',
        error_type: 'E',
        message: 'lexer fails'
      }),
    coding_search_errors: () =>
      bob.call('coding_search_errors', { project_id: 'p', query: 'lexer fails' }),
    coding_record_decision: () =>
      bob.refusal('coding_record_decision', { project_id: 'p', decision: 'd', rationale: 'r' }),
    coding_track_interaction: () =>
      bob.refusal('coding_track_interaction', {
        project_id: 'p',
        user_query: 'q',
        ai_response: 'a',
        interaction_type: 'question'
      }),
    coding_get_project_context: () =>
      bob.refusal('coding_get_project_context', { project_id: 'p' }),
    coding_analyze_patterns: () => bob.refusal('coding_analyze_patterns', { project_id: 'p' }),
    coding_generate_pr_description: () =>
      bob.refusal('coding_generate_pr_description', { project_id: 'p', session_id: session }),
    coding_link_github_issue: () =>
      bob.refusal('coding_link_github_issue', { project_id: 'p', issue_number: 9 }),
    coding_get_issue_context: () => bob.refusal('coding_get_issue_context', { issue_number: 9 }),
    graph_link: () => bob.refusal('graph_link', { from: 'plan', to: 'topic:harbour' }),
    graph_unlink: () => bob.refusal('graph_unlink', { from: 'plan', to: 'topic:harbour' }),
    memory_get_related: () => bob.refusal('memory_get_related', { node_id: 'topic:harbour' }),
    memory_get_user_pattern: () => bob.call('memory_get_user_pattern'),
    memory_record_interaction: () =>
      bob.call('memory_record_interaction', { query: 'Hello', response: 'Good day' }),
    coding_start_session: () =>
      bob.call('coding_start_session', { project_id: 'p', description: 'Bob tests' }),
    ...Object.fromEntries(
      [
        'brave_web_search',
        'brave_news_search',
        'brave_image_search',
        'brave_video_search',
        'arxiv_search'
      ].map((name) => [name, () => bob.call(name, { query: 'harbour' })])
    ),
    ...Object.fromEntries(
      [
        'get_youtube_transcript',
        'get_youtube_metadata',
        'youtube_summarize',
        'youtube_fact_check'
      ].map((name) => [
        name,
        () =>
          bob.refusal(name, {
            video_url: 'abcdefghijk',
            ...(name === 'youtube_fact_check' && { claim: 'a claim' })
          })
      ])
    ),
    fact_check_claim: () => bob.call('fact_check_claim', { claim: 'a claim of harbours' }),
    web_scrape: () => bob.call('web_scrape', { url: 'https://a.example.com/' }),
    memory_store: () => bob.call('memory_store', { key: 'plan', value: 'Bob has his own' })
  }
  t.same(Object.keys(asked).sort(), allTools.map(({ name }) => name).sort(), 'every tool is asked')
  for (const [name, ask] of Object.entries(asked)) {
    const said = JSON.stringify(await ask())
    t.notMatch(
      said,
      /Ada|adatag|compiler|"(?:count|found|total_memories)":[1-9]|"created":false/,
      name
    )
    if (!['fetch', 'memory_get_chunk_context'].includes(name)) t.notOk(said.includes(id), name)
    t.notOk(said.includes(ada.user_id), name)
  }
  t.match((await ada.call('memory_recall', { key: 'plan' })).answer, {
    value: 'Ada buys the lighthouse',
    importance: 0.5
  })
  t.equal((await ada.call('memory_history', { key: 'gone' })).answer.count, 2)
  t.equal(
    (await ada.call('coding_get_current_session_status', { project_id: 'p' })).answer.active,
    true
  )
  t.equal(
    (await ada.call('coding_search_source_code', { project_id: 'code', query: 'compiler' })).answer
      .results.length,
    1
  )
})

t.test('memories of others change neither rank nor score', async (t) => {
  const {
    callers: [ada, bob]
  } = await people('ada', 'bob')
  for (const [key, value] of [
    ['a', 'apple apple'],
    ['b', 'apple pear'],
    ['c', 'plum and a long story about pears']
  ]) {
    await ada!.call('memory_store', { key, value })
  }
  const ranking = async () =>
    (await ada!.call('memory_search', { query: 'apple pear plum' })).answer.results.map(
      ({ key, score }: { key: string; score: number }) => [key, score]
    )
  const before = await ranking()
  for (let i = 0; i < 30; i++) {
    await bob!.call('memory_store', { key: `k${i}`, value: 'apple apple plum plum plum' })
  }
  t.same(await ranking(), before)
})
