import { parseArgs } from 'node:util'
import { withServers } from './servers.ts'
import { measureCalls } from './protocol.ts'
import { measureLatencies } from './latencies.ts'
import { measureStreams } from './streams.ts'
import { type Figure, writeFigures } from './figures.ts'

/**
 * The work that a client waits for: tool calls in each form of the protocol beside their peers,
 * lists, searches, stores and open streams. `--write FILE` also puts the figures into a document,
 * between its two marks. `--only` takes names of parts, comma-separated.
 */
export async function calls(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: Object.keys(parts).join() },
      write: { type: 'string' }
    }
  })
  const figures: Figure[] = []
  for (const name of values.only.split(',')) {
    const part = parts[name]
    if (!part) throw new Error(`--only takes: ${Object.keys(parts).join(', ')}`)
    for (const figure of await part()) {
      figures.push(figure)
      console.log(`${figure.work.padEnd(58)} ${figure.measured.padEnd(34)} goal ${figure.goal}`)
    }
  }
  if (values.write !== undefined) await writeFigures(values.write, figures)
}

const parts: Record<string, () => Promise<Figure[]>> = {
  protocol: () => withServers(measureCalls),
  latencies: measureLatencies,
  streams: measureStreams
}
