import { join } from 'node:path'
import t from 'tap'
import { folder, importer } from './importing.ts'

t.test(
  'mcp-memory-service: the export of its command and of its dashboard, by content hash',
  async (t) => {
    const { take, refused, recall, keys } = await importer('mcp-memory-service')
    const memory = {
      content: 'The hive needs a new queen',
      content_hash: 'h1',
      tags: ['bees', 'source:laptop'],
      memory_type: 'decision',
      created_at: 1_762_000_000.5,
      updated_at: 1_762_000_000.5,
      metadata: { colour: 'red' },
      export_source: 'laptop'
    }
    const directory = folder(t, {
      'cli.json': { export_metadata: { exporter_version: '5.0.1' }, memories: [memory] },
      'dashboard.json': {
        export_date: '2026-11-01T00:00:00Z',
        total_memories: 3,
        memories: [
          { ...memory, export_source: 'laptop' },
          {
            content: 'Second',
            content_hash: 'h2',
            tags: 'a, b',
            memory_type: null,
            metadata: null,
            created_at_iso: '2026-02-30T10:00:00Z'
          }
        ]
      }
    })
    const taken = await take(directory)
    t.match(taken, { created: 2, files_read: 2, left_out: { 'duplicate memories': 1 } })
    t.match(taken.warnings, [
      /dashboard\.json, memory 2: created_at_iso "2026-02-30T10:00:00Z" is not a clear date/,
      /dashboard\.json counts 3 memories and holds 2/
    ])
    t.match(await take(directory), { created: 0, changed: 0, unchanged: 2 })
    t.same(await keys(), ['mcp-memory-service/h1', 'mcp-memory-service/h2'])
    t.match(await recall('mcp-memory-service/h1'), {
      value: 'The hive needs a new queen',
      type: 'decision',
      tags: ['bees', 'source:laptop'],
      metadata: { colour: 'red', export_source: 'laptop' },
      occurred_at: '2025-11-01T12:26:40.500Z'
    })
    t.match(await recall('mcp-memory-service/h2'), { tags: ['a', 'b'], occurred_at: undefined })
    const broken = folder(t, {
      'x.json': { export_date: 'x', memories: [memory, { content: 'y' }] }
    })
    await refused(t, broken, /x\.json, memory 2 has no content_hash\. Nothing was imported/)
    t.match(await take(broken, { skipBroken: true }), { unchanged: 1, broken: [/memory 2/] })
  }
)

t.test(
  'supermemory: documents with their memories, without forgotten and former ones',
  async (t) => {
    const { take, refused, recall, keys, links } = await importer('supermemory')
    const entry = {
      version: 1,
      isLatest: true,
      isForgotten: false,
      createdAt: '2026-03-01T00:00:00Z'
    }
    const directory = folder(t, {
      'documents.json': {
        documents: [
          {
            id: 'd1',
            title: 'Hive notes',
            content: 'Ten frames.',
            containerTags: ['user_1'],
            metadata: { source: 'slack' },
            createdAt: '2026-03-01T00:00:00Z',
            memoryEntries: [
              { ...entry, id: 'm1', memory: 'Ada has ten frames', isStatic: true },
              { ...entry, id: 'm2', memory: 'Ada had nine frames', isLatest: false },
              { ...entry, id: 'm3', memory: 'secret', isForgotten: true }
            ]
          }
        ],
        pagination: { currentPage: 1, totalPages: 2 }
      },
      'memories.json': {
        memoryEntries: [
          { ...entry, id: 'm4', memory: 'Ada likes tea', forgetAfter: '2999-01-01', history: [{}] }
        ]
      }
    })
    const taken = await take(directory)
    t.match(taken, {
      created: 3,
      links: 1,
      left_out: { 'former versions': 2, 'memories that were forgotten': 1 },
      warnings: [/documents\.json is page 1 of 2/]
    })
    t.match(await take(directory), { created: 0, changed: 0, unchanged: 3, links_unchanged: 1 })
    t.same(await keys(), ['supermemory/d1', 'supermemory/m1', 'supermemory/m4'])
    t.match(await recall('supermemory/d1'), {
      value: '# Hive notes\n\nTen frames.',
      tags: ['user_1'],
      metadata: { source: 'slack', title: 'Hive notes' }
    })
    t.match(await recall('supermemory/m4'), {
      type: 'fact',
      expires_at: '2999-01-01T00:00:00.000Z'
    })
    t.same(await links(), ['supermemory/m1 from supermemory/d1'])
    const mem0 = folder(t, { 'x.json': { results: [{ id: 'a', memory: 'b' }] } })
    await refused(
      t,
      mem0,
      /has no documents and no memories\. It looks like mem0's: use --from mem0/
    )
  }
)

t.test(
  'claude-mem: observations, summaries and prompts in their session, by time and text',
  async (t) => {
    const { take, refused, recall, keys } = await importer('claude-mem')
    const at = { created_at: '2026-05-01T08:00:00.000Z', created_at_epoch: 1_777_622_400_000 }
    const file = {
      exportedAt: '2026-06-01T00:00:00Z',
      query: '',
      observations: [
        {
          id: 7,
          memory_session_id: 'ms',
          project: 'hive',
          type: 'decision',
          title: 'Move at night',
          narrative: 'Bees stay inside.',
          facts: '["Ten frames"]',
          concepts: '["bees"]',
          files_modified: '["plan.md"]',
          ...at
        }
      ],
      sessions: [{ memory_session_id: 'ms', content_session_id: 'cs', project: 'hive' }],
      summaries: [{ id: 1, memory_session_id: 'ms', request: 'Move', learned: 'Slowly', ...at }],
      prompts: [
        {
          id: 1,
          content_session_id: 'cs',
          prompt_number: 1,
          prompt_text: 'Move. pin: 4711',
          ...at
        },
        { id: 2, content_session_id: 'cs', prompt_number: 2, prompt_text: ' ', ...at }
      ]
    }
    const directory = folder(t, { 'all.json': file, 'again.json': { ...file, query: 'hive' } })
    t.match(await take(directory), {
      created: 3,
      left_out: { 'entries without text': 2, 'duplicate memories': 3 }
    })
    t.match(await take(directory), { created: 0, changed: 0, unchanged: 3 })
    const allKeys = await keys()
    const keyOf = (kind: string) => allKeys.find((key) => key.startsWith(`claude-mem/cs/${kind}/`))!
    t.match(await recall(keyOf('observation')), {
      value: 'Move at night\n\nBees stay inside.\n\n- Ten frames',
      type: 'decision',
      tags: ['bees'],
      session_id: 'claude-mem/cs',
      metadata: { project: 'hive', files_modified: ['plan.md'] },
      occurred_at: '2026-05-01T08:00:00.000Z'
    })
    t.match(await recall(keyOf('summary')), { value: 'Request: Move\n\nLearned: Slowly' })
    t.match(await recall(keyOf('prompt')), { value: 'Move. pin: [redacted]', speaker: 'user' })
    const nothing = folder(t, { 'x.json': { exportedAt: 'x' } })
    await refused(t, nothing, /x\.json has no observations, summaries or prompts/)
  }
)

t.test('hindsight: documents with facts, entities and causes, and observations', async (t) => {
  const { take, refused, recall, keys, links } = await importer('hindsight')
  const fact = (text: string, more: object = {}) => ({ text, fact_type: 'world', ...more })
  const directory = folder(t, {
    'manifest.json': { schema_version: 1, source_bank_id: 'bees', document_count: 1 },
    'documents/000000.json': {
      id: 'doc-1',
      original_text: 'It rained, so we moved the hive.',
      tags: ['weather'],
      chunks: [],
      facts: [
        fact('It rained', { entities: ['Rain'], occurred_start: '2026-04-01T00:00:00Z' }),
        fact('We moved the hive', {
          fact_type: 'experience',
          causal_relations: [{ relation_type: 'caused_by', target_fact_index: 0 }]
        })
      ]
    },
    'observations.json': [
      {
        text: 'Rain moves hives',
        proof_count: 2,
        sources: [{ document_id: 'doc-1', fact_index: 0 }]
      }
    ],
    'webhooks.json': [{ url: 'https://x.invalid' }]
  })
  t.match(await take(directory), {
    created: 4,
    links: 5,
    files_read: 3,
    files_left_out: [{ file: 'webhooks.json' }]
  })
  t.match(await take(directory), { created: 0, changed: 0, unchanged: 4, links_unchanged: 5 })
  const allKeys = await keys()
  t.equal(allKeys.filter((key) => key.startsWith('hindsight/bees/doc-1')).length, 3)
  t.match(await recall('hindsight/bees/doc-1'), { type: 'document', tags: ['weather'] })
  const allLinks = (await links()).map((link) => link.split(' ')[1])
  t.same(allLinks.toSorted(), ['caused_by', 'derived_from', 'from', 'from', 'mentions'])
  const broken = folder(t, {
    'documents/000000.json': { id: 'd', facts: [{ text: '' }, fact('Fine')] }
  })
  await refused(t, broken, /documents\/000000\.json, fact 1 has no text/)
  t.match(await take(broken, { skipBroken: true }), { created: 1, broken: [/fact 1/] })
})

t.test("Gemini's takeout: prompts and answers, from JSON and from HTML", async (t) => {
  const { take, refused, recall, keys } = await importer('gemini')
  const record = {
    header: 'Gemini Apps',
    products: ['Gemini Apps'],
    title: 'Prompted How do bees sleep? Attached 1 file.',
    time: '2026-07-26T06:07:57.773Z',
    attachedFiles: ['bee.png'],
    safeHtmlItem: [
      { html: '<p>They <b>rest</b> &amp; fold</p><ul><li>legs</li><li>wings</li></ul>' }
    ]
  }
  const cell = (product: string, action: string, time: string) =>
    '<div class="outer-cell mdl-cell mdl-cell--12-col mdl-shadow--2dp"><div class="mdl-grid">' +
    `<div class="header-cell mdl-cell"><p class="mdl-typography--title">${product}<br></p></div>` +
    `<div class="content-cell mdl-cell mdl-typography--body-1">${action}<br>${time}<br>` +
    '<p>Yes.</p></div><div class="content-cell mdl-cell mdl-typography--caption">x</div></div></div>'
  const directory = folder(t, {
    'Takeout/My Activity/Gemini Apps/My Activity.json': [
      record,
      { ...record, title: 'Used an Assistant feature' },
      { header: 'Search', title: 'Searched for hives', time: '2026-07-26T06:00:00Z' },
      {
        ...record,
        title: 'Prompted And wasps?',
        titleUrl: 'https://gemini.google.com/app/0123abcd0123',
        time: '07/06/2026 10:00'
      }
    ],
    'Takeout/My Activity/Gemini Apps/MyActivity.html':
      '<html><body>' +
      cell(
        'Gemini Apps',
        'Prompted&nbsp;Is honey &lt;sweet&gt;?',
        'Jul 6, 2026, 1:02:03\u202fPM CEST'
      ) +
      cell('Gemini Apps', 'Prompted&nbsp;Where?', 'Jul 6, 2026, 1:02:03\u202fPM CST') +
      cell('YouTube', 'Watched bees', 'Jul 6, 2026, 1:02:03\u202fPM UTC') +
      '</body></html>',
    'archive_browser.html': '<html>index</html>'
  })
  const taken = await take(directory)
  t.match(taken, {
    created: 8,
    left_out: {
      'records without a prompt': 1,
      'records of other products': 2,
      'images and other files': 2
    }
  })
  t.match(taken.warnings, [/element 4: the time "07\/06\/2026 10:00" is not clear/, /is not clear/])
  t.match(await take(directory), { created: 0, changed: 0, unchanged: 8 })
  const allKeys = await keys()
  const prompt = allKeys.find((key) => key.startsWith('gemini/2026-07-26T06:07:57.773Z-'))!
  t.match(await recall(prompt), { value: 'They rest & fold\n\n- legs\n- wings', speaker: 'Gemini' })
  const honey = allKeys.find((key) => key.startsWith('gemini/2026-07-06T11:02:03.000Z'))!
  t.match(await recall(honey.replace('answer', 'prompt')), { value: 'Is honey <sweet>?' })
  t.ok(allKeys.some((key) => key.startsWith('gemini/0123abcd0123/')))
  const strange = join(folder(t, { 'MyActivity.json': [{ x: 1 }] }), 'MyActivity.json')
  await refused(t, strange, /element 1 is not a record of My Activity: it has no title/)
})
