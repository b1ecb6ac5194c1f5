import { extname } from 'node:path'
import { type JobEnding, ParserProcesses } from '../../parsing/processes.ts'
import type { PageReading, PageWork } from './work.ts'

const TIMEOUT_SECONDS = 10
const MEMORY_MB = 256
const CPU_SECONDS = 60

const pageParsers = new ParserProcesses<PageWork, PageReading>({
  script: new URL(`./child${extname(import.meta.url)}`, import.meta.url),
  processes: 2,
  jobMs: TIMEOUT_SECONDS * 1000,
  memoryMb: MEMORY_MB,
  cpuSeconds: CPU_SECONDS
})

const TAKES_TOO_LONG = 'The page takes too long to parse'
const problemByEnding: Record<JobEnding, string> = {
  time:
    `${TAKES_TOO_LONG}: its parser was stopped after ${TIMEOUT_SECONDS} seconds. Look for ` +
    'the same elsewhere.',
  memory:
    `The page is too large or too deep: its parser was stopped at ${MEMORY_MB} MB of ` +
    'memory. Look for the same elsewhere.',
  crash: 'The page cannot be read: its parser crashed. Look for the same elsewhere.',
  aborted: `${TAKES_TOO_LONG}. Look for the same elsewhere.`,
  busy: 'Too many pages are being read. Call again in a few seconds.'
}

/** Parses a page or PDF in a child process. Every failure becomes a `problem` in words. */
export async function parsePage(work: PageWork, signal: AbortSignal): Promise<PageReading> {
  const parserOutcome = await pageParsers.run(work, signal)
  return 'result' in parserOutcome
    ? parserOutcome.result
    : { problem: problemByEnding[parserOutcome.ended] }
}
