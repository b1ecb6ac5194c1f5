// npm test: the suite on the embedded database, then on PostgreSQL; what no database tells apart once.
//   node dist/test/run.js [--embedded | --postgres] [--prove] [--option=value of tap] [test files]
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { browserEnvironment } from './support/browser.ts'
import { findPostgres } from './support/postgres.ts'
import { type Counts, report } from './support/report.ts'
import { makeEmbeddedTemplate, makePostgresTemplate, type Template } from './support/template.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const tap = join(root, 'node_modules/tap/dist/esm/run.mjs')
/** As in .taprc: the first cannot load TypeScript 7, the second makes every test file start later. */
const excluded = ['@tapjs/typescript', '@tapjs/mock']
const own = ['--embedded', '--postgres', '--prove']
const args = process.argv.slice(2)
const options = args.filter((arg) => arg.startsWith('-') && !own.includes(arg))
const named = args.filter((arg) => !arg.startsWith('-')).map(compiled)
/** What a test file whose result no database changes begins with: `npm test` runs it once. */
const ANY_DATABASE = '// database: any'
const hasPostgres = process.env['TEST_DATABASE_URL'] !== undefined || findPostgres() !== undefined
const totals: Counts = { passed: 0, failed: 0, skipped: 0 }
let running: ChildProcess | undefined
let stopped = false

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopped = true
    running?.kill(signal)
  })
}

// Whatever a test that is killed leaves behind goes with this directory. PostgreSQL's own account
// must get through it.
const scratch = mkdtempSync(join(tmpdir(), 'kagura-run-'))
chmodSync(scratch, 0o711)
process.env['TMPDIR'] = scratch

try {
  usePlugins()
  Object.assign(process.env, await browserEnvironment())
  if (!args.includes('--postgres')) await runOn('embedded', makeEmbeddedTemplate)
  if (!args.includes('--embedded')) await runOn('postgres', makePostgresTemplate)
} catch (error) {
  console.error(error)
  totals.failed++
}
try {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }) // killed tests may still be dying
} catch (error) {
  console.error(error)
}
if (totals.skipped > 0) console.log(`${totals.skipped} skipped`)
if (stopped) console.log('Stopped before the end.')
process.exitCode = totals.failed > 0 || totals.passed === 0 || stopped ? 1 : 0
console.log(`${totals.passed} passed, ${totals.failed} failed`)

/**
 * tap keeps the set of its plugins inside node_modules, where npm puts the default set: one that
 * cannot load TypeScript 7.
 */
function usePlugins(): void {
  const stored = fileURLToPath(import.meta.resolve('@tapjs/test/test-built')) // found beside tap: npm has one copy
  const built = readFileSync(stored, 'utf8')
  if (!excluded.some((plugin) => built.includes(plugin))) return
  const { status, stderr } = spawnSync(process.execPath, [tap, 'build'], {
    cwd: root,
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(`tap build failed: ${stderr}`)
}

async function runOn(
  database: string,
  makeTemplate: () => Promise<Template | undefined>
): Promise<void> {
  if (stopped) return
  const started = Date.now()
  const template = await makeTemplate()
  if (!template) {
    console.log(
      'The PostgreSQL half is SKIPPED: no PostgreSQL is installed here (pg_config, /usr/lib/postgresql), and TEST_DATABASE_URL is not set.'
    )
    if (args.includes('--postgres')) totals.failed++
    return
  }
  console.log(`\n${database}`)
  try {
    const env = { ...process.env, ...template.env, TEST_DATABASE: database, NO_COLOR: '1' }
    const apart =
      database === 'postgres' ||
      args.includes('--prove') ||
      args.includes('--embedded') ||
      !hasPostgres
    await runTap(
      named.length > 0 ? named : testFiles('.test.js').filter((file) => apart || !runsOnce(file)),
      env
    )
    if (args.includes('--prove')) {
      await runTap(testFiles('.prove.js'), env, ['--jobs=1', '--timeout=3600'])
    }
  } finally {
    await template.remove()
  }
  console.log(`${database}: ${Math.round((Date.now() - started) / 1000)} s`)
}

async function runTap(files: string[], env: NodeJS.ProcessEnv, more: string[] = []): Promise<void> {
  if (files.length === 0 || stopped) return
  running = spawn(process.execPath, [tap, 'run', '--reporter=tap', ...more, ...options, ...files], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const exited = once(running, 'exit')
  const counts = await report(running.stdout!)
  const [code] = await exited
  for (const key of ['passed', 'failed', 'skipped'] as const) totals[key] += counts[key]
  if (code !== 0 && counts.failed === 0) {
    totals.failed++
    console.log(`tap ended with code ${code}, without naming a failure.`)
  }
}

function testFiles(ending: string): string[] {
  return readdirSync(join(root, 'dist/test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => join('dist/test', file))
}

function runsOnce(file: string): boolean {
  const source = file.replace(/^dist\//, '').replace(/\.js$/, '.ts')
  return readFileSync(join(root, source), 'utf8').startsWith(ANY_DATABASE)
}

/** test/db/connection/migrate.test.ts and dist/test/db/connection/migrate.test.js name the same file. */
function compiled(name: string): string {
  const file = name
    .replace(/^\.\//, '')
    .replace(/^(?!dist\/)/, 'dist/')
    .replace(/\.ts$/, '.js')
  if (existsSync(join(root, file))) return file
  console.error(`There is no test file ${name}.`)
  process.exit(2)
}
