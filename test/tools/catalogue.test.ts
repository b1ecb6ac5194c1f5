import t from 'tap'
import { findTool, allTools, toolsFor } from '../../tools/index.ts'
import { listSize } from '../../tools/listing.ts'
import { permissionsOf } from '../../tools/scopes.ts'
import { type WebProvider, webProviders } from '../../domain/web/access.ts'
import { measuredLists } from './page.ts'

t.test('every tool is covered by these groups', async (t) => {
  t.same(Object.fromEntries(allTools.map(({ name, groups }) => [name, groups])), {
    search: ['memory'],
    fetch: ['memory'],
    memory_store: ['memory'],
    memory_recall: ['memory'],
    memory_search: ['memory'],
    memory_list: ['memory'],
    memory_update: ['memory'],
    memory_delete: ['memory'],
    memory_get_chunk_context: ['memory'],
    memory_get_chunk_metadata: ['memory'],
    memory_history: ['memory'],
    memory_restore: ['memory'],
    memory_search_ids: ['memory'],
    memory_fetch: ['memory'],
    memory_get_full_document: ['memory'],
    memory_fuzzy_recall: ['memory'],
    memory_timeline: ['memory'],
    memory_briefing: ['memory'],
    memory_feedback: ['memory'],
    memory_stats: ['memory'],
    memory_get_tool_history: ['memory'],
    memory_get_tool_list: ['memory'],
    graph_link: ['graph', 'memory'],
    graph_unlink: ['graph', 'memory'],
    memory_get_related: ['graph', 'memory'],
    memory_record_interaction: ['graph', 'memory'],
    memory_get_user_pattern: ['graph', 'memory'],
    coding_start_session: ['coding'],
    coding_get_current_session_status: ['coding'],
    coding_end_session: ['coding'],
    coding_resume_session: ['coding'],
    coding_track_file_change: ['coding'],
    coding_record_error: ['coding'],
    coding_search_errors: ['coding'],
    coding_record_decision: ['coding'],
    coding_track_interaction: ['coding'],
    coding_get_project_context: ['coding'],
    coding_analyze_patterns: ['coding'],
    coding_generate_pr_description: ['coding'],
    coding_link_github_issue: ['coding'],
    coding_get_issue_context: ['coding'],
    coding_index_source_code: ['coding'],
    coding_search_source_code: ['coding'],
    coding_analyze_file_dependencies: ['coding'],
    coding_analyze_refactor_impact: ['coding'],
    coding_suggest_refactor_order: ['coding'],
    web_scrape: ['web'],
    brave_web_search: ['web'],
    brave_news_search: ['web'],
    brave_image_search: ['web'],
    brave_video_search: ['web'],
    arxiv_search: ['web'],
    get_youtube_transcript: ['web'],
    get_youtube_metadata: ['web'],
    youtube_summarize: ['web'],
    youtube_fact_check: ['web'],
    fact_check_claim: ['web']
  })
})

t.test('every tool has a name, title, four annotations and closed schemas', async (t) => {
  for (const { name, title, annotations, input, output } of allTools) {
    t.match(name, /^[a-z][a-z_]{1,63}$/)
    t.ok(title)
    t.same(Object.keys(annotations).sort(), [
      'destructiveHint',
      'idempotentHint',
      'openWorldHint',
      'readOnlyHint'
    ])
    t.ok(Object.values(annotations).every((hint) => typeof hint === 'boolean'))
    for (const schema of [input, output]) {
      t.equal(schema.type, 'object')
      t.equal(
        (schema as { additionalProperties?: unknown }).additionalProperties,
        false,
        `${name} has closed schemas`
      )
      t.notOk(['oneOf', 'anyOf', 'allOf', '$ref'].some((keyword) => keyword in schema))
    }
    t.ok(
      ((input.required as string[] | undefined) ?? []).every(
        (argument) => !('default' in input.properties[argument]!)
      ),
      `${name} asks for nothing that has a default`
    )
  }
  t.equal(new Set(allTools.map(({ name }) => name)).size, allTools.length)
})

t.test('tools/list stays small: Essential, Essential with Coding, and everything', async (t) => {
  for (const { name, tools, limit = Infinity } of measuredLists) {
    const size = listSize(tools)
    t.ok(size < limit, `${name} has ${size} characters`)
  }
})

t.test(
  'the scope decides which tools are there, and a read_only person gets those that only read',
  async (t) => {
    const source = { kind: 'api_key' as const, name: 'test' }
    const toolNames = (
      scope: string,
      role: 'user' | 'read_only',
      there: readonly WebProvider[] = webProviders
    ) =>
      toolsFor(
        { user_id: 'u', role, permissions: permissionsOf(scope), source },
        new Set(there)
      ).map(({ name }) => name)
    const pages = ['web_scrape', 'arxiv_search']
    const search = [
      'brave_web_search',
      'brave_news_search',
      'brave_image_search',
      'brave_video_search'
    ]
    const videos = ['get_youtube_transcript', 'get_youtube_metadata', 'youtube_summarize']
    const facts = ['youtube_fact_check', 'fact_check_claim']
    t.equal(toolNames('mcp:tools', 'user').length, allTools.length)
    t.same(
      toolNames('mcp:coding', 'user'),
      allTools.map(({ name }) => name).filter((name) => name.startsWith('coding_'))
    )
    t.notOk(toolNames('mcp:memory', 'user').some((name) => name.startsWith('coding_')))
    t.same(toolNames('mcp:web offline_access', 'user'), [...pages, ...search, ...videos, ...facts])
    t.same(
      toolNames('mcp:web', 'user', ['pages', 'arxiv', 'youtube']),
      [...pages, ...videos],
      'what is not set up is not there'
    )
    t.same(toolNames('mcp:web', 'user', ['pages', 'arxiv', 'brave']), [
      ...pages,
      ...search,
      'fact_check_claim'
    ])
    t.same(toolNames('mcp:web', 'user', []), [], 'nothing of the web without a way out')
    t.same(toolNames('mcp:tools', 'read_only'), [
      'search',
      'fetch',
      'memory_recall',
      'memory_search',
      'memory_list',
      'memory_history',
      'memory_search_ids',
      'memory_fetch',
      'memory_get_full_document',
      'memory_get_chunk_context',
      'memory_get_chunk_metadata',
      'memory_fuzzy_recall',
      'memory_timeline',
      'memory_briefing',
      'memory_stats',
      'memory_get_tool_history',
      'memory_get_tool_list',
      'memory_get_related',
      'memory_get_user_pattern',
      'coding_get_current_session_status',
      'coding_search_errors',
      'coding_get_project_context',
      'coding_analyze_patterns',
      'coding_generate_pr_description',
      'coding_get_issue_context',
      'coding_search_source_code',
      'coding_analyze_file_dependencies',
      'coding_analyze_refactor_impact',
      'coding_suggest_refactor_order',
      ...pages,
      ...search,
      ...videos,
      ...facts
    ])
  }
)

t.test('a tool answers to its bare name and to the older prefix', async (t) => {
  t.equal(findTool('kagura_tool_memory_store'), findTool('memory_store'))
  t.equal(findTool('shell_exec'), undefined)
  t.equal(findTool('constructor'), undefined)
})
