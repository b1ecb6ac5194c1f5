import type { Readable } from 'node:stream'
import { Parser, type Result } from 'tap-parser'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** The comment in the TAP before the results of a file. */
export const FILE_BEGINS = 'file begins: '

/** What is known about one file. */
interface FileResult {
  file: string
  database: string
  started: number
  counts: Counts
  complaints: string[]
}

/**
 * Reads the TAP of a process that runs the files one after another, until it ends. Prints one line
 * for each file that passes, and everything known about what fails. Returns the numbers of
 * assertions, and the files that did not begin because the process ended early.
 */
export async function report(
  files: string[],
  database: string,
  tap: Readable,
  exited: Promise<[code: number | null, signal: string | null]>
): Promise<{ counts: Counts; leftFiles: string[] }> {
  const totals: Counts = { passed: 0, failed: 0, skipped: 0 }
  const leftFiles = files.map((file) => file)
  let result = startFile(leftFiles.shift()!, database)
  const parser = new Parser()
  collectResults(parser, () => result, [])
  parser.on('comment', (comment: string) => {
    if (comment.trim() !== `# ${FILE_BEGINS}${leftFiles[0]}`) return
    finishFile(result, totals)
    result = startFile(leftFiles.shift()!, database)
  })
  const parsed = new Promise<void>((resolve) => {
    parser.on('complete', ({ ok }: { ok: boolean }) => {
      if (!ok && result.counts.failed + totals.failed === 0) {
        fail(result, 'the file did not come to its end')
      }
      resolve()
    })
  })
  parser.on('bailout', (reason: string) => result.complaints.push(`  Bail out! ${reason}`))
  tap.pipe(parser)
  await parsed
  const [code, signal] = await exited
  if (code !== 0 && result.counts.failed + totals.failed === 0) {
    fail(result, `the process ended with ${signal ?? `code ${code}`}`)
  }
  if ((leftFiles.length > 0 || signal !== null) && result.counts.failed === 0) {
    fail(result, 'its process ended before the next file')
  }
  finishFile(result, totals)
  return { counts: totals, leftFiles }
}

function startFile(file: string, database: string): FileResult {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  return { file, database, started: performance.now(), counts, complaints: [] }
}

function fail(result: FileResult, why: string): void {
  result.counts.failed++
  result.complaints.push(`  not ok ${why}`)
}

/** Prints the file's line and adds its counts to the totals. */
function finishFile(result: FileResult, totals: Counts): void {
  const { file, database, started, counts, complaints } = result
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const name = file.replace(/^dist\//, '').replace(/\.js$/, '')
  const verdict = counts.failed === 0 ? 'ok    ' : 'FAILED'
  console.log(`${verdict} ${name} on ${database} (${counts.passed} in ${seconds} s)`)
  if (counts.failed > 0) console.log(complaints.join('\n'))
  for (const key of ['passed', 'failed', 'skipped'] as const) totals[key] += counts[key]
}

/**
 * Adds to the result of the present file as results come: counts, what failed, and what the file
 * printed.
 */
function collectResults(parser: Parser, present: () => FileResult, titles: string[]): void {
  let failedBefore = present().counts.failed
  parser.on('child', (child: Parser) => {
    failedBefore = present().counts.failed
    collectResults(child, present, [...titles, child.name])
  })
  parser.on('assert', (result: Result) => {
    const { counts, complaints } = present()
    if (result.skip || result.todo) counts.skipped++
    else if (result.closingTestPoint) {
      if (result.ok || counts.failed > failedBefore) return
      counts.failed++
      complaints.push(describeFailure(titles, result))
    } else if (result.ok) counts.passed++
    else {
      counts.failed++
      complaints.push(describeFailure(titles, result))
    }
  })
  parser.on('extra', (text: string) => present().complaints.push(`    | ${text.trimEnd()}`))
}

function describeFailure(titles: string[], { name, diag, tapError }: Result): string {
  const known = Object.entries({ ...diag, tapError }).filter(
    ([, value]) => value !== null && value !== undefined
  )
  const lines = known.flatMap(([key, value]) => {
    const text = typeof value === 'string' ? value.trimEnd() : JSON.stringify(value)
    return text.includes('\n')
      ? [`${key}:`, ...text.split('\n').map((line) => `  ${line}`)]
      : [`${key}: ${text}`]
  })
  return [
    `  not ok ${[...titles, name].join(' > ')}`,
    ...lines.map((line) => `      ${line}`)
  ].join('\n')
}
