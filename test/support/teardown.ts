import { readFileSync } from 'node:fs'

/** What the helpers need of a tap test. Teardowns run newest first. */
export interface Teardown {
  teardown: (undo: () => unknown) => void
}

/** The rest of a tap test that `allowFullTime` uses. A benchmark's object has none of it. */
interface TimedTest extends Teardown {
  parent?: TimedTest
  setTimeout?: (milliseconds: number) => void
}

let isTimeAllowed = false

/**
 * Gives this test file the time limit of .taprc. `tap run` sets that limit by itself. A file that
 * plain Node.js runs would otherwise end after 30 s.
 */
export function allowFullTime(t: Teardown): void {
  if (isTimeAllowed || process.env['TAP_TIMEOUT'] !== undefined) return
  isTimeAllowed = true
  let file: TimedTest = t
  while (file.parent) file = file.parent
  const settings = readFileSync(new URL('../../../.taprc', import.meta.url), 'utf8')
  file.setTimeout?.(Number(/^timeout: (\d+)$/m.exec(settings)![1]) * 1000)
}
