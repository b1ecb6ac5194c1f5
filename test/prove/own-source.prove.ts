import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { call, connectClient } from '../support/mcp-client.ts'
import { runService } from '../support/running.ts'
import { findCircle, projectFiles, readSources, root } from '../support/sources.ts'

const BATCH = 60
/** The test checks every twelfth file. */
const STEP = 12

const files = projectFiles().filter((file) => file.endsWith('.ts') && !/^(test|bench)\//.test(file))
// The linter's parser shares no code with the one under test.
const sources = readSources(files)
const targets = new Map(
  sources.map(({ file, imports }) => [file, new Set(imports.flatMap(({ target }) => target ?? []))])
)

const running = await runService(t)
const client = await connectClient(
  t,
  running.url,
  (await running.key(await running.person(), 'mcp:coding')).key
)
const ask = async (name: string, args: object) => {
  const { structured, isError, text } = await call(client, name, { project_id: 'kagura', ...args })
  if (isError) throw new Error(text)
  return structured
}

t.test('the source of this project is indexed by MCP, all of it by its grammar', async (t) => {
  for (let at = 0; at < files.length; at += BATCH) {
    const batch = files
      .slice(at, at + BATCH)
      .map((path) => ({ path, content: readFileSync(join(root, path), 'utf8') }))
    t.match(await ask('coding_index_source_code', { files: batch }), {
      indexed: batch.length,
      as_lines: [],
      unreadable: []
    })
  }
  t.match(
    await ask('coding_index_source_code', {
      files: files.map((path) => ({ path })),
      complete: true
    }),
    { unchanged: files.length, removed: 0, needed: [], files: files.length }
  )
})

t.test(
  'its dependencies are those that another parser finds, both ways, and it has no cycles',
  async (t) => {
    t.equal(findCircle(sources), undefined)
    const sampledFiles = files.filter((_, i) => i % STEP === 0)
    t.ok(sampledFiles.some((file) => targets.get(file)!.size > 3) && sampledFiles.length > 15)
    for (const file of sampledFiles) {
      const {
        imports,
        imported_by: importers,
        cycles
      } = await ask('coding_analyze_file_dependencies', { file_path: file })
      t.same(imports, [...targets.get(file)!].sort(), file)
      t.same(
        importers,
        files.filter((importer) => targets.get(importer)!.has(file)),
        file
      )
      t.same(cycles, [], file)
    }
  }
)

t.test('all that depends on a file is found, nearest first', async (t) => {
  const { total, dependents } = await ask('coding_analyze_refactor_impact', {
    file_path: 'tools/tool.ts'
  })
  const distances = new Map([['tools/tool.ts', 0]])
  for (const [file, distance] of distances) {
    for (const dependent of files) {
      if (targets.get(dependent)!.has(file) && !distances.has(dependent)) {
        distances.set(dependent, distance + 1)
      }
    }
  }
  t.equal(total, distances.size - 1)
  const steps = dependents.map((file: string) => distances.get(file))
  t.ok(steps.every((step: number, i: number) => i === 0 || steps[i - 1] <= step))
})

t.test('a person who may only read searches and analyses, and cannot index', async (t) => {
  const reader = await connectClient(
    t,
    running.url,
    (await running.key(await running.person(undefined, 'read_only'), 'mcp:coding')).key
  )
  t.match(
    await call(reader, 'coding_index_source_code', {
      project_id: 'p',
      files: [{ path: 'a.ts', content: '' }]
    }),
    { isError: true, text: /may only read/ }
  )
  t.match(
    await call(reader, 'coding_search_source_code', { project_id: 'kagura', query: 'storeMemory' }),
    { isError: true, text: /No source code of project "kagura" is indexed/ }
  )
})

t.test('the order puts every file after those that it imports', async (t) => {
  const { order, unknown } = await ask('coding_suggest_refactor_order', {
    files: files.slice(0, 300)
  })
  t.same(unknown, [])
  t.ok(
    order.every(
      (step: { files: string[]; cycle: boolean }) => step.files.length === 1 && !step.cycle
    )
  )
  const place = new Map<string, number>(
    order.map(({ files: [file] }: { files: [string] }, i: number) => [file, i])
  )
  t.equal(place.size, Math.min(files.length, 300))
  const wrong = [...place].flatMap(([file, i]) =>
    [...targets.get(file)!]
      .filter((target) => place.has(target) && place.get(target)! > i)
      .map((target) => `${file} before ${target}`)
  )
  t.same(wrong, [])
})

t.test('its functions are found by their names and by what they do', async (t) => {
  const first = async (query: string) => {
    const {
      results: [best]
    } = await ask('coding_search_source_code', { query })
    return `${best.path} ${best.symbol}`
  }
  t.match(await first('storeMemory'), /^domain\/memory\/write\.ts .*storeMemory/)
  t.match(await first('linksOf'), /^domain\/code\/resolvers\/index\.ts .*linksOf/)
  t.match(
    await first('groups of strongly connected components'),
    /^domain\/code\/graph\.ts function groupsOf/
  )
})
