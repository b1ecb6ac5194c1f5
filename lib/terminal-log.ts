import { Writable } from 'node:stream'
import { printableJson } from './printable-json.ts'

/**
 * Fastify's line about a request that has come in; the line about its answer says the same and
 * more.
 */
const REQUEST_CAME_IN = '"msg":"incoming request"'

interface Entry {
  msg?: string
  req?: { method?: string; path?: string }
  res?: { statusCode?: number; method?: string; path?: string }
  responseTime?: number
}

/**
 * Where the log goes: to stderr, as JSON lines for programs; on a terminal as one readable line
 * for each answered request and each event. Nothing in it steers the terminal that shows it, for it
 * holds names and texts of others.
 */
export async function logStream(): Promise<{ write: (line: string) => void }> {
  return process.stderr.isTTY
    ? readableLog(process.stderr)
    : {
        write: (line) => {
          process.stderr.write(printableJson(line))
        }
      }
}

/** A stream that takes the log's JSON lines and writes them to `terminal` for people. */
export async function readableLog(terminal: NodeJS.WritableStream): Promise<Writable> {
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory({
    colorize: false,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,reqId,req,res,responseTime',
    messageFormat: (entry) => describe(entry as Entry)
  })
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const lines = String(chunk)
        .split('\n')
        .filter((line) => line !== '')
      const shown = lines
        .filter((line) => !line.includes(REQUEST_CAME_IN))
        .map((line) => pretty(line))
      terminal.write(shown.join('').replace(/[^\P{C}\n\t]/gu, '\uFFFD'))
      done()
    }
  })
}

function describe({ msg = '', res, responseTime }: Entry): string {
  if (msg !== 'request completed' || !res) return msg
  return `${res.method} ${res.path} ${res.statusCode} in ${Math.round(responseTime ?? 0)} ms`
}
