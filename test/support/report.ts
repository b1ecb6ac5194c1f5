import type { Readable } from 'node:stream'
import { Parser, type Result } from 'tap-parser'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/**
 * Reads the TAP of one test file until its process ends. Prints one line when the file passes, and
 * everything known about what fails. Counts assertions.
 */
export async function report(
  file: string,
  tap: Readable,
  exited: Promise<[code: number | null, signal: string | null]>
): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const started = performance.now()
  const parser = new Parser()
  const complaints = collectResults(parser, counts, [])
  const parsed = new Promise<void>((resolve) => {
    parser.on('complete', ({ ok }: { ok: boolean }) => {
      if (!ok && counts.failed === 0) {
        counts.failed++
        complaints.push('  not ok the file did not come to its end')
      }
      resolve()
    })
  })
  parser.on('bailout', (reason: string) => complaints.push(`  Bail out! ${reason}`))
  tap.pipe(parser)
  await parsed
  const [code, signal] = await exited
  if (code !== 0 && counts.failed === 0) {
    counts.failed++
    complaints.push(`  not ok the process ended with ${signal ?? `code ${code}`}`)
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const name = file.replace(/^dist\//, '').replace(/\.js$/, '')
  console.log(
    `${counts.failed === 0 ? 'ok    ' : 'FAILED'} ${name} (${counts.passed} in ${seconds} s)`
  )
  if (counts.failed > 0) console.log(complaints.join('\n'))
  return counts
}

/**
 * Adds to the counts as results come; the list fills with what failed and with what the file
 * printed.
 */
function collectResults(parser: Parser, counts: Counts, titles: string[]): string[] {
  const complaints: string[] = []
  let failedBefore = counts.failed
  parser.on('child', (child: Parser) => {
    failedBefore = counts.failed
    const deeper = collectResults(child, counts, [...titles, child.name])
    child.on('complete', () => complaints.push(...deeper))
  })
  parser.on('assert', (result: Result) => {
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
  parser.on('extra', (text: string) => complaints.push(`    | ${text.trimEnd()}`))
  return complaints
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
