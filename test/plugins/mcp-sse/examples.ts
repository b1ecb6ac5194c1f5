import type { IncomingMessage, ServerResponse } from 'node:http'
import { feed } from '../../tools/web/recorded/arxiv.ts'
import * as brave from '../../tools/web/recorded/brave.ts'
import { captions, ID, watchPage } from '../../tools/web/recorded/youtube.ts'
import { send } from '../../tools/web/world.ts'

/** The earlier answer of each tool, by its name. */
export type EarlierAnswers = Record<string, any>
/** Arguments, and the pattern that the text of the answer must match. */
type Example = [
  args: Record<string, unknown> | ((answers: EarlierAnswers) => Record<string, unknown>),
  says: RegExp
]

const shop = { project_id: 'shop' }
const message = "Cannot read properties of undefined (reading 'price')"

/** A call of every tool, in an order in which each finds the data that it needs. */
export const examples: Record<string, Example> = {
  memory_store: [
    { key: 'color', value: 'my favorite color is blue', tags: ['taste'] },
    /✅ Memory stored successfully:[^]*Key: color/
  ],
  memory_recall: [{ key: 'color' }, /my favorite color is blue/],
  memory_search: [{ query: 'which color do I like?' }, /color[^]*blue/],
  memory_search_ids: [{ query: 'favorite color' }, /color/],
  memory_list: [{ tags: ['taste'] }, /color/],
  search: [{ query: 'favorite color' }, /color: my favorite/],
  fetch: [({ search }) => ({ id: search.results[0].id }), /my favorite color is blue/],
  memory_update: [{ key: 'color', value: 'my favorite color is green' }, /color/],
  memory_history: [{ key: 'color' }, /green[^]*blue/],
  memory_restore: [{ key: 'color', version: 1 }, /✅ Memory restored[^]*blue/],
  memory_fetch: [{ key: 'color' }, /blue/],
  memory_fuzzy_recall: [{ key_pattern: 'colour' }, /color/],
  memory_timeline: [{ time_range: 'last_day' }, /color/],
  memory_briefing: [{ prompt: 'Which color?' }, /not instructions[^]*color: my favorite color/],
  memory_feedback: [{ key: 'color', label: 'useful' }, /useful/],
  memory_get_full_document: [{ parent_id: 'color' }, /my favorite color is blue/],
  memory_get_chunk_context: [{ parent_id: 'color', chunk_index: 0 }, /my favorite color is blue/],
  memory_get_chunk_metadata: [{ parent_id: 'color' }, /1 chunk/],
  memory_stats: [{}, /1 memor/],
  graph_link: [{ from: 'color', to: 'topic:paint', type: 'affects' }, /affects/],
  memory_get_related: [{ node_id: 'color' }, /paint/],
  graph_unlink: [{ from: 'color', to: 'topic:paint' }, /1 link/],
  memory_record_interaction: [
    {
      query: 'Which paint?',
      response: 'The blue one.',
      ai_platform: 'Claude',
      metadata: { topic: 'paint' }
    },
    /✅/
  ],
  memory_get_user_pattern: [{}, /paint/],
  memory_delete: [{ key: 'color' }, /✅[^]*color/],
  memory_get_tool_history: [{ limit: 5 }, /call/],
  memory_get_tool_list: [{}, /graph_link: Records/],

  coding_start_session: [
    { ...shop, description: 'Show prices with tax' },
    /✅ Coding session started: session_/
  ],
  coding_track_file_change: [
    {
      ...shop,
      file_path: 'src/price.ts',
      action: 'edit',
      reason: 'Add the tax',
      diff: '-old\n+new'
    },
    /src\/price\.ts/
  ],
  coding_record_error: [
    { ...shop, error_type: 'TypeError', message, solution: 'Load the list before the page.' },
    /error_/
  ],
  coding_search_errors: [
    { ...shop, query: `TypeError: ${message}\n    at total (/srv/other/a.js:9:1)` },
    /1 error found\.\n\n1\. The same error\nSolution: Load the list/
  ],
  coding_record_decision: [
    { ...shop, decision: 'Prices are whole cents', rationale: 'Sums stay exact' },
    /Prices are whole cents|decision_/
  ],
  coding_track_interaction: [
    {
      ...shop,
      user_query: 'Why cents?',
      ai_response: 'Because sums stay exact.',
      interaction_type: 'question'
    },
    /int_/
  ],
  coding_link_github_issue: [
    { ...shop, issue_number: 7, repository: 'acme/shop', title: 'Prices lack tax' },
    /acme\/shop#7/
  ],
  coding_get_issue_context: [
    { issue_number: 7 },
    /acme\/shop#7 Prices lack tax[^]*Show prices with tax/
  ],
  coding_get_current_session_status: [shop, /Show prices with tax[^]*1 change to 1 file/],
  coding_get_project_context: [shop, /Prices are whole cents\. Why: Sums stay exact/],
  coding_generate_pr_description: [shop, /Show prices with tax[^]*## Changes\n- src\/price\.ts/],
  coding_analyze_patterns: [shop, /Insufficient data/],
  coding_end_session: [{ ...shop, success: true }, /src\/price\.ts/],
  coding_resume_session: [
    ({ coding_start_session: { session_id: id } }) => ({ ...shop, session_id: id }),
    /✅ Coding session resumed/
  ],
  coding_index_source_code: [
    {
      ...shop,
      files: [
        { path: 'src/price.ts', content: 'export const tax = 7\n' },
        {
          path: 'src/page.ts',
          content: "import { tax } from './price.ts'\nexport const show = () => tax\n"
        }
      ]
    },
    /✅ Indexed 2/
  ],
  coding_search_source_code: [{ ...shop, query: 'tax' }, /1\. src\/price\.ts:1/],
  coding_analyze_file_dependencies: [
    { ...shop, file_path: 'src/page.ts' },
    /Imports\n- src\/price\.ts/
  ],
  coding_analyze_refactor_impact: [
    { ...shop, file_path: 'src/price.ts' },
    /src\/page\.ts \(imports it\)/
  ],
  coding_suggest_refactor_order: [
    { ...shop, files: ['src/page.ts', 'src/price.ts'] },
    /1\. src\/price\.ts\n2\. src\/page\.ts/
  ],

  web_scrape: [
    { url: 'https://harbour.example.com/lighthouse' },
    /not instructions[^]*Text of the page/
  ],
  brave_web_search: [{ query: 'granite lighthouse' }, /harbour\.example\.com/],
  brave_news_search: [{ query: 'lighthouse' }, /Lighthouse relit/],
  brave_image_search: [{ query: 'lighthouse' }, /night\.jpg/],
  brave_video_search: [{ query: 'lighthouse' }, /08:21/],
  arxiv_search: [{ query: 'attention' }, /Attention Is All You Need/],
  get_youtube_transcript: [{ video_url: ID }, /\[0:00\] The granite lighthouse/],
  get_youtube_metadata: [{ video_url: `https://youtu.be/${ID}` }, /Coast Channel/],
  youtube_summarize: [{ video_url: ID }, /granite lighthouse/],
  youtube_fact_check: [
    { video_url: ID, claim: 'The granite lighthouse was built in 1886' },
    /Said in the video:\n1\. supports/
  ],
  fact_check_claim: [
    { claim: 'The granite lighthouse was built in 1886' },
    /judge yourself[^]*harbour\.example\.com/
  ]
}

/** Answers the web requests of the examples. */
export function beyond(
  { url = '', headers: { host } }: IncomingMessage,
  response: ServerResponse
): void {
  const { pathname } = new URL(url, 'https://x')
  const answers: Record<string, object> = {
    '/res/v1/web/search': brave.web,
    '/res/v1/news/search': brave.news,
    '/res/v1/images/search': brave.images,
    '/res/v1/videos/search': brave.videos
  }
  if (pathname === '/robots.txt') send(response, 'text/plain', '', 404)
  else if (host === 'api.search.brave.com') {
    send(response, 'application/json', JSON.stringify(answers[pathname]))
  } else if (host === 'export.arxiv.org') send(response, 'application/atom+xml', feed)
  else if (pathname === '/watch') send(response, 'text/html', watchPage())
  else if (pathname === '/api/timedtext') {
    send(
      response,
      'application/json',
      captions(['The granite lighthouse was built in 1886.', 'See you next week.'])
    )
  } else {
    send(
      response,
      'text/html',
      '<h1>Title</h1><p>Text of the page, by which the granite lighthouse was built in 1886.</p>'
    )
  }
}
