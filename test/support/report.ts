import type { Readable } from 'node:stream'
import { Parser, type Result } from 'tap-parser'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/**
 * Reads TAP: one line for a file that passes, everything known about what fails.
 * Counts assertions. Resolves at the end of the stream.
 */
export function report(tap: Readable): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const parser = new Parser()

  parser.on('child', (file: Parser) => {
    const before = { ...counts }
    const complaints = watch(file, counts, [])
    parser.once('assert', (result: Result) => {
      if (!result.ok && counts.failed === before.failed) {
        counts.failed++
        complaints.push(complaint([result.name], result))
      }
      const seconds = ((result.time ?? 0) / 1000).toFixed(1)
      const mark = result.ok ? 'ok    ' : 'FAILED'
      console.log(
        `${mark} ${result.name.replace(/^dist\//, '').replace(/\.js$/, '')} (${counts.passed - before.passed} in ${seconds} s)`
      )
      if (!result.ok) console.log(complaints.join('\n'))
    })
  })
  // A file that never began has no child.
  parser.on('assert', (result: Result) => {
    if (result.closingTestPoint || result.ok) return
    counts.failed++
    console.log(complaint([], result))
  })
  parser.on('bailout', (why: string) => console.log(`Bail out! ${why}`))
  return new Promise((resolve) => {
    parser.on('complete', ({ ok }: { ok: boolean }) => {
      if (!ok && counts.failed === 0) counts.failed++ // the run itself broke off
      resolve(counts)
    })
    tap.pipe(parser)
  })
}

/**
 * Adds to the counts as results come; the list fills with what failed and with what the file
 * printed.
 */
function watch(parser: Parser, counts: Counts, titles: string[]): string[] {
  const complaints: string[] = []
  let failedBefore = counts.failed
  parser.on('child', (child: Parser) => {
    failedBefore = counts.failed
    const deeper = watch(child, counts, [...titles, child.name])
    child.on('complete', () => complaints.push(...deeper))
  })
  parser.on('assert', (result: Result) => {
    if (result.skip || result.todo) counts.skipped++
    else if (result.closingTestPoint) {
      if (result.ok || counts.failed > failedBefore) return
      counts.failed++
      complaints.push(complaint(titles, result))
    } else if (result.ok) counts.passed++
    else {
      counts.failed++
      complaints.push(complaint(titles, result))
    }
  })
  parser.on('extra', (text: string) => complaints.push(`    | ${text.trimEnd()}`))
  return complaints
}

function complaint(titles: string[], { name, diag, tapError }: Result): string {
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
