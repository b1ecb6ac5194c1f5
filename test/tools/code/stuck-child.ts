import type { SourceReading, SourceFile } from '../../../domain/code/reading.ts'
import { serveJobs } from '../../../domain/parsing/serve.ts'

const reading: SourceReading = {
  parsed: true,
  lines: 1,
  symbols: [],
  imports: [],
  provides: [],
  pieces: [],
  postings: []
}
const kept: Buffer[] = []

/**
 * Stands in for the child that parses. It never ends or crashes at some files, as a parser might
 * on unforeseen input.
 */
serveJobs(async ({ content }: SourceFile) => {
  if (content === 'for ever') for (;;); // nothing that it could be asked to stop by
  if (content === 'memory') for (;;) kept.push(Buffer.alloc(2 ** 20, 1))
  if (content === 'abort') process.abort()
  if (content === 'crash') throw new Error('crash')
  if (content === 'exit') process.exit(1)
  return { reading, isLast: content === 'last' }
})
