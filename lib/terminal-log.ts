import { Writable } from 'node:stream'
import { printableJson } from './printable-json.ts'

/** Marks Fastify's line for an incoming request. The line for its answer repeats it. */
const REQUEST_CAME_IN = '"msg":"incoming request"'

interface LogEntry {
  msg?: string
  req?: { method?: string; path?: string }
  res?: { statusCode?: number; method?: string; path?: string }
  responseTime?: number
}

/**
 * The log on stderr: JSON lines for programs, or on a terminal one readable line for each request
 * and event. It escapes control characters, because it contains names and texts from outside.
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

/** A stream that takes JSON log lines and writes readable lines to `terminal`. */
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
