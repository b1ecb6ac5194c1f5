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

const TAKES_TOO_LONG = 'The page takes too long to be read here'
const problemByEnding: Record<JobEnding, string> = {
  time: `${TAKES_TOO_LONG}: its parser was ended after ${TIMEOUT_SECONDS} seconds. Look for the same elsewhere.`,
  memory: `The page is too large or too deep to be read here: its parser was ended at ${MEMORY_MB} MB of memory. Look for the same elsewhere.`,
  crash: 'The page cannot be read: its parser broke. Look for the same elsewhere.',
  aborted: `${TAKES_TOO_LONG}. Look for the same elsewhere.`,
  busy: 'Too many pages are being read at the moment. Call again in some seconds.'
}

/** Parses a page or PDF in a child process. Whatever the page does to it, this returns in words. */
export async function parsePage(work: PageWork, signal: AbortSignal): Promise<PageReading> {
  const parserOutcome = await pageParsers.run(work, signal)
  return 'result' in parserOutcome
    ? parserOutcome.result
    : { problem: problemByEnding[parserOutcome.ended] }
}
