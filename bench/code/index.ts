import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { grammarByLanguage } from '../../domain/code/grammars/index.ts'
import { languageOfFile } from '../../domain/code/languages.ts'
import { percentiles, timed } from '../memory/timing.ts'
import { newPerson, type Scratch, scratchDatabase } from '../database.ts'

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url))
const notSource = new Set(['node_modules', 'dist', 'data', 'vendor', 'target', '__pycache__'])
const LONGEST = 1_000_000
const BATCH = { files: 200, characters: 600_000 }
const CALLS = 200

interface File {
  path: string
  content: string
}

/**
 * The source under a folder (--path; the project's own without it) indexed by the tools, then
 * searched and analysed; --times: so often, each time under another folder.
 */
export async function code(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      postgres: { type: 'boolean', default: false },
      path: { type: 'string', default: projectRoot },
      times: { type: 'string', default: '1' }
    }
  })
  const once = read(values.path)
  const files = Array.from({ length: Number(values.times) }, (_, i) =>
    once.map(({ path, content }) => ({ path: i === 0 ? path : `copy${i}/${path}`, content }))
  ).flat()
  const database = await scratchDatabase(values.postgres)
  try {
    await measure(database, files)
  } finally {
    await database.close()
  }
}

async function measure(database: Scratch, files: readonly File[]): Promise<void> {
  const person = await newPerson(database)
  const megabytes = files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) / 1e6
  const delay = monitorEventLoopDelay({ resolution: 5 })
  const index = async (sent: readonly object[]) =>
    person.call('coding_index_source_code', { project_id: 'bench', files: sent })
  await index([{ path: 'first.ts', content: '' }]) // starts the thread
  console.log(
    `${files.length} files, ${megabytes.toFixed(1)} MB; ` +
      `${database.embedded ? 'embedded database' : 'PostgreSQL'}, Node.js ${process.version}`
  )

  delay.enable()
  const began = performance.now()
  let asLines = 0
  for (const batch of batches(files)) asLines += (await index(batch)).as_lines.length
  const seconds = (performance.now() - began) / 1000
  delay.disable()
  console.log(
    `index        ${seconds.toFixed(1)} s, ${(megabytes / seconds).toFixed(2)} MB/s; ` +
      `the event loop was away ${(delay.max / 1e6).toFixed(0)} ms at most; ` +
      `${asLines} files not read by their grammar`
  )
  const again = performance.now()
  for (const batch of batches(files)) await index(batch)
  console.log(`nothing new  ${((performance.now() - again) / 1000).toFixed(1)} s`)
  const {
    rows: [size]
  } = await sql<{
    bytes: number
  }>`select sum(pg_total_relation_size(oid))::float8 as bytes from pg_class
    where relname like 'code\\_%' and relkind = 'r'`.execute(database.db)
  console.log(
    `size         ${(size!.bytes / 1e6).toFixed(1)} MB in the database, ` +
      `${(size!.bytes / 1e6 / megabytes).toFixed(1)} times the source`
  )

  const questions = files.flatMap(
    ({ content }) => /(?:function|class|def|fn|func) (\w{4,})/.exec(content)?.[1] ?? []
  )
  const ask = (name: string, more: (i: number) => object) =>
    timed(CALLS, (i) => person.call(name, { project_id: 'bench', ...more(i) }), 10)
  const at = (i: number) => files[(i * 37) % files.length]!.path
  const two = (i: number) =>
    `where is ${questions[(i * 31) % questions.length]} ` +
    `used by ${questions[(i * 17 + 5) % questions.length]}`
  const searches = await ask('coding_search_source_code', (i) => ({ query: two(i), k: 10 }))
  console.log(`search       ${percentiles(searches)}`)
  const analyses = await ask('coding_analyze_file_dependencies', (i) => ({ file_path: at(i) }))
  console.log(`dependencies ${percentiles(analyses)}`)
  const impacts = await ask('coding_analyze_refactor_impact', (i) => ({ file_path: at(i) }))
  console.log(`impact       ${percentiles(impacts)}`)
  const orders = await ask('coding_suggest_refactor_order', (i) => ({
    files: Array.from({ length: 20 }, (_, n) => at(i + n))
  }))
  console.log(`order of 20  ${percentiles(orders)}`)
}

function read(root: string, folder = ''): File[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || notSource.has(entry.name)) return []
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return read(root, path)
    if (!entry.isFile() || !Object.hasOwn(grammarByLanguage, languageOfFile(path))) return []
    const content = readFileSync(join(root, path), 'utf8')
    return content.length < LONGEST && !content.includes('\0') ? [{ path, content }] : []
  })
}

function* batches(files: readonly File[]): Generator<File[]> {
  let batch: File[] = []
  let characters = 0
  for (const file of files) {
    if (
      batch.length === BATCH.files ||
      (batch.length > 0 && characters + file.content.length > BATCH.characters)
    ) {
      yield batch
      batch = []
      characters = 0
    }
    batch.push(file)
    characters += file.content.length
  }
  yield batch
}
