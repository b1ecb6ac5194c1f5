import { extname } from 'node:path'
import { type JobEnding, ParserProcesses } from '../parsing/processes.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { FileReading, SourceReading, SourceFile } from './reading.ts'

/** Milliseconds for one file, without the time that it waits for its turn. */
const FILE_MS = 15_000
const MEMORY_MB = 512
const CPU_SECONDS = 600

/** Parses files in one child process, one at a time. Calls wait for their turn. */
export class SourceReader {
  readonly #processes: ParserProcesses<SourceFile, FileReading>

  /** `script`: the module that the child runs. `jobMs`: milliseconds for one file. */
  constructor(script: URL, jobMs: number) {
    const processLimits = { memoryMb: MEMORY_MB, cpuSeconds: CPU_SECONDS }
    this.#processes = new ParserProcesses({ script, jobMs, processes: 1, ...processLimits })
  }

  /**
   * Returns undefined if the file takes too long or ends the child, or if `signal` is aborted.
   * Throws ToolError if too many calls wait, and another error if no process starts.
   */
  async read(file: SourceFile, signal: AbortSignal): Promise<SourceReading | undefined> {
    const jobOutcome = await this.#processes.run(file, signal)
    if ('result' in jobOutcome) return jobOutcome.result.reading
    return withoutResult(jobOutcome.ended)
  }
}

function withoutResult(ended: JobEnding): undefined {
  if (ended !== 'busy') return
  throw new ToolError('Too many files are being read right now. Call again in a few seconds.')
}

const childScript = new URL(`./parser-child${extname(import.meta.url)}`, import.meta.url)
const sharedReader = new SourceReader(childScript, FILE_MS)

/** Parses a file in the only parser process of this server, like `SourceReader.read`. */
export function readSource(
  file: SourceFile,
  signal: AbortSignal
): Promise<SourceReading | undefined> {
  return sharedReader.read(file, signal)
}
