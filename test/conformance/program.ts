import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const LIMIT_MS = 60_000

/** The suite: a Node.js 22 or later, and the `dist/index.js` of its package. */
export interface Suite {
  node: string
  program: string
  /** A directory for its files. */
  scratch: string
}

/** How many checks of a run passed and failed. */
export interface RunCounts {
  passed: number
  failed: number
}

/**
 * Runs what a revision requires of a server, and takes the suite's own verdict: it fails for a
 * warning, too, and for an expected failure that passes. `expected`: names of checks. What the
 * revision does not score, such as its extensions, is run and not counted.
 */
export async function runRequirements(
  suite: Suite,
  { url, revision, expected }: { url: string; revision: string; expected: readonly string[] }
): Promise<RunCounts> {
  const list = join(suite.scratch, `${revision}.yaml`)
  writeFileSync(list, `server: ${JSON.stringify(expected)}\n`)
  const { code, output } = await runProgram(suite, [
    ...['server', '--url', url, '--requirements', revision],
    ...['--expected-failures', list, '--output-dir', join(suite.scratch, revision)]
  ])
  const results = new Map(
    [...output.matchAll(/^. ([\w-]+): (\d+) passed, (\d+) failed/gmu)].map(
      ([, name, passed, failed]) => [name!, { passed: Number(passed), failed: Number(failed) }]
    )
  )
  const scored = scoredScenarios(suite, revision)
  const idle = scored.filter((name) => !results.get(name)?.passed)
  const sumOf = (key: keyof RunCounts) =>
    scored.reduce((sum, name) => sum + (results.get(name)?.[key] ?? 0), 0)
  const isGood = code === 0 && scored.length > 0 && idle.length === 0
  if (!isGood) console.log(output, `Scenarios without a passed check: ${idle.join(', ') || 'none'}`)
  const unexpected = Math.max(0, sumOf('failed') - expected.length)
  return { passed: sumOf('passed'), failed: isGood ? 0 : Math.max(1, unexpected, idle.length) }
}

/** The scenarios that count, from the list that the suite ships. */
function scoredScenarios({ program }: Suite, revision: string): string[] {
  const path = join(dirname(program), '..', 'requirements', `${revision}.yaml`)
  const section = /^server:\n((?: {2}- .*\n)+)/m.exec(readFileSync(path, 'utf8'))?.[1] ?? ''
  return [...section.matchAll(/- (\S+)/g)].map(([, name]) => name!)
}

/** Runs the checks of an authorization server. `open` visits the first URL that it prints. */
export async function runAuthorization(
  suite: Suite,
  args: string[],
  open: (url: string) => Promise<void>
): Promise<RunCounts> {
  const { code, output } = await runProgram(suite, ['authorization', ...args], open)
  const [passed = 0, failed = 0] = (/^Total: (\d+) passed, (\d+) failed$/m.exec(output) ?? [])
    .slice(1)
    .map(Number)
  const isGood = code === 0 && passed > 0 && failed === 0
  if (!isGood) console.log(output)
  return { passed, failed: isGood ? 0 : Math.max(1, failed) }
}

async function runProgram(
  { node, program, scratch }: Suite,
  args: string[],
  open?: (url: string) => Promise<void>
): Promise<{ code: number | null; output: string }> {
  console.log(`--- ${args.filter((arg) => !arg.startsWith('http')).join(' ')}`)
  const child = spawn(node, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: scratch
  })
  const limit = setTimeout(() => child.kill(), LIMIT_MS)
  let output = ''
  let isOpened = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    const url = /(https?:\/\/\S+\/authorize\?\S+)\s/.exec(output)?.[1]
    if (!open || isOpened || url === undefined) return
    isOpened = true
    open(url).catch((error: unknown) => {
      console.error(error)
      child.kill()
    })
  })
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(limit)
  return { code, output }
}
