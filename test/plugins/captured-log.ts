import type { Test } from 'tap'

/**
 * What this process writes to its standard error from now on, piece by piece, until the test ends.
 */
export function captureLog(t: Test): string[] {
  const log: string[] = []
  const write = process.stderr.write
  process.stderr.write = ((text: string, ...more: []) => {
    log.push(String(text))
    return write.call(process.stderr, text, ...more)
  }) as typeof process.stderr.write
  t.teardown(() => {
    process.stderr.write = write
  })
  return log
}
