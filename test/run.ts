// npm test runs each file once, on PostgreSQL where it is installed; a file that begins with
// `// databases: both` runs on the embedded database, too. npm run prove runs everything on both.
//   node dist/test/run.js [--embedded | --postgres] [--prove] [--jobs=4] [--timeout=300] [files]
import { type ChildProcess, spawn } from 'node:child_process'
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
const ownOptions = ['--embedded', '--postgres', '--prove']
const commandArguments = process.argv.slice(2)
const runnerOptions = commandArguments.filter(
  (arg) => arg.startsWith('-') && !ownOptions.includes(arg)
)
const unknownOption = runnerOptions.find((option) => !/^--(jobs|timeout)=\d+$/.test(option))
if (unknownOption !== undefined) {
  console.error(
    `There is no option ${unknownOption}. ` +
      'There are --embedded, --postgres, --prove, --jobs=4 and --timeout=300 (seconds).'
  )
  process.exit(2)
}
const namedFiles = commandArguments.filter((arg) => !arg.startsWith('-')).map(compiled)
/** A first line of a test file that `npm test` runs on both databases. */
const BOTH_DATABASES = '// databases: both'
/** A first line of a test file that shares its process with no other file. */
const OWN_PROCESS = '// process: own'
/** The program that runs files one after another. */
const SERIES = 'dist/test/series.js'
/** So many files run in one process. */
const MAX_SERIES = 8
const hasPostgres = process.env['TEST_DATABASE_URL'] !== undefined || findPostgres() !== undefined
const totals: Counts = { passed: 0, failed: 0, skipped: 0 }
const running = new Set<ChildProcess>()
let stopped = false

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopped = true
    for (const child of running) child.kill(signal)
  })
}

// A killed test leaves files in this directory, which is removed at the end. PostgreSQL's account
// must be able to enter it.
const scratch = mkdtempSync(join(tmpdir(), 'kagura-run-'))
chmodSync(scratch, 0o711)
process.env['TMPDIR'] = scratch

try {
  Object.assign(process.env, await browserEnvironment())
  await runDatabases()
} catch (error) {
  console.error(error)
  totals.failed++
}
try {
  // A killed test may still be writing.
  rmSync(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
} catch (error) {
  console.error(error)
}
if (totals.skipped > 0) console.log(`${totals.skipped} skipped`)
if (stopped) console.log('Stopped before the end.')
process.exitCode = totals.failed > 0 || totals.passed === 0 || stopped ? 1 : 0
console.log(`${totals.passed} passed, ${totals.failed} failed`)

/** The files that run on one database, and the environment that leads them there. */
interface Half {
  database: string
  template: Template
  env: NodeJS.ProcessEnv
  files: string[]
}

/** Runs the files of both databases in one queue, then the long tests one after another. */
async function runDatabases(): Promise<void> {
  const halves: Half[] = []
  const started = Date.now()
  try {
    if (!commandArguments.includes('--postgres')) {
      halves.push(await openHalf('embedded', makeEmbeddedTemplate))
    }
    if (!commandArguments.includes('--embedded')) {
      halves.push(await openHalf('postgres', makePostgresTemplate))
    }
    await runHalves(halves, option('jobs') ?? 4, 300)
    if (commandArguments.includes('--prove')) {
      for (const half of halves) half.files = testFiles('.prove.js')
      await runHalves(halves, 1, 3600)
    }
  } finally {
    for (const { template } of halves) await template.remove()
  }
  console.log(`${Math.round((Date.now() - started) / 1000)} s`)
}

async function openHalf(
  database: string,
  makeTemplate: () => Promise<Template | undefined>
): Promise<Half> {
  const template = await makeTemplate()
  if (!template) {
    console.log(
      'The PostgreSQL half is SKIPPED: no PostgreSQL is installed here ' +
        '(pg_config, /usr/lib/postgresql), and TEST_DATABASE_URL is not set.'
    )
    if (commandArguments.includes('--postgres')) totals.failed++
  }
  const runsAll =
    database === 'postgres' ||
    commandArguments.includes('--prove') ||
    commandArguments.includes('--embedded') ||
    !hasPostgres
  const files =
    namedFiles.length > 0
      ? namedFiles.map((file) => file)
      : testFiles('.test.js').filter((file) => runsAll || runsOnBoth(file))
  return {
    database,
    template: template ?? { env: {}, remove: async () => {} },
    env: { ...process.env, ...template?.env, TEST_DATABASE: database, NO_COLOR: '1' },
    files: template ? files : []
  }
}

/** Runs all files of the halves, with so many processes at once. */
async function runHalves(halves: Half[], jobs: number, timeout: number): Promise<void> {
  const waitingHalf = () => (stopped ? undefined : halves.find(({ files }) => files.length > 0))
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      for (let half = waitingHalf(); half; half = waitingHalf()) {
        const series = takeSeries(half.files, jobs)
        const { counts, leftFiles } = await runSeries(series, half, option('timeout') ?? timeout)
        half.files.unshift(...leftFiles)
        for (const key of ['passed', 'failed', 'skipped'] as const) totals[key] += counts[key]
      }
    })
  )
}

/** Takes the next files for one process: fewer towards the end, so that all jobs end together. */
function takeSeries(waitingFiles: string[], jobs: number): string[] {
  const share = Math.ceil(waitingFiles.length / jobs / 2)
  const series = waitingFiles.slice(0, Math.min(share, MAX_SERIES))
  const alone = series.findIndex(runsAlone)
  return waitingFiles.splice(0, alone === -1 ? series.length : Math.max(alone, 1))
}

/**
 * Runs the files one after another in one process: loading the service takes a second of CPU.
 * `tap run` would load its hooks into each process: half a second more.
 */
async function runSeries(
  files: string[],
  { database, env }: Half,
  timeout: number
): ReturnType<typeof report> {
  const child = spawn(process.execPath, ['--enable-source-maps', SERIES, ...files], {
    cwd: root,
    // tap ends a file's tests itself after this time.
    env: { ...env, TAP_TIMEOUT: String(timeout) },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  running.add(child)
  const hanging = setTimeout(() => child.kill('SIGKILL'), (timeout + 30) * 1000 * files.length)
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>
  const ending = await report(files, database, child.stdout, exited)
  clearTimeout(hanging)
  running.delete(child)
  return ending
}

/** The number of an option such as --jobs=1. */
function option(name: string): number | undefined {
  const text = runnerOptions.find((argument) => argument.startsWith(`--${name}=`))
  return text === undefined ? undefined : Number(text.split('=')[1])
}

function testFiles(ending: string): string[] {
  return readdirSync(join(root, 'dist/test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => join('dist/test', file))
}

function runsOnBoth(file: string): boolean {
  return marksOf(file).includes(BOTH_DATABASES)
}

function runsAlone(file: string): boolean {
  return file.endsWith('.prove.js') || marksOf(file).includes(OWN_PROCESS)
}

/** The first lines of the source, where the marks of a test file are. */
function marksOf(file: string): string[] {
  const source = join(root, file.replace(/^dist\//, '').replace(/\.js$/, '.ts'))
  return readFileSync(source, 'utf8').split('\n', 2)
}

/** The compiled file, from a path like test/x.test.ts or dist/test/x.test.js. */
function compiled(name: string): string {
  const file = name
    .replace(/^\.\//, '')
    .replace(/^(?!dist\/)/, 'dist/')
    .replace(/\.ts$/, '.js')
  if (existsSync(join(root, file))) return file
  console.error(`There is no test file ${name}.`)
  process.exit(2)
}
