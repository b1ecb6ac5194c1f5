import { Writable } from 'node:stream'
import { printableJson } from './printable-json.ts'

/**
 * Fastify's line about a request that has come in; the line about its answer says the same and
 * more.
 */
const REQUEST_CAME_IN = '"msg":"incoming request"'

interface LogEntry {
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
  const prettyLine = prettyFactory({
    colorize: false,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,reqId,req,res,responseTime',
    messageFormat: (entry) => describeEntry(entry as LogEntry)
  })
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const logLines = String(chunk)
        .split('\n')
        .filter((line) => line !== '')
      const readableLines = logLines
        .filter((line) => !line.includes(REQUEST_CAME_IN))
        .map((line) => prettyLine(line))
      terminal.write(readableLines.join('').replace(/[^\P{C}\n\t]/gu, '\uFFFD'))
      done()
    }
  })
}

function describeEntry({ msg = '', res, responseTime }: LogEntry): string {
  if (msg !== 'request completed' || !res) return msg
  return `${res.method} ${res.path} ${res.statusCode} in ${Math.round(responseTime ?? 0)} ms`
}
