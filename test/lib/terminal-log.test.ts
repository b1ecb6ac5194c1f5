import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { readableLog } from '../../lib/terminal-log.ts'

t.test(
  'on a terminal an answered request is one line, and nothing steers the terminal',
  async (t) => {
    const terminal = new PassThrough()
    const log = await readableLog(terminal)
    const time = Date.UTC(2026, 0, 31, 9)
    for (const entry of [
      { level: 30, time, msg: 'incoming request', req: { method: 'POST', path: '/login' } },
      {
        level: 30,
        time,
        msg: 'request completed',
        res: { statusCode: 303, method: 'POST', path: '/login' },
        responseTime: 11.6
      },
      { level: 40, time, msg: 'tool call', app: 'evil \u001b[2J\u009b2J \u202e' }
    ]) {
      log.write(`${JSON.stringify(entry)}\n`)
    }
    log.end(() => terminal.end())
    const lines = (await text(terminal)).trimEnd().split('\n')
    t.equal(lines.length, 2)
    t.match(lines[0], /^\[\d\d:\d\d:\d\d\] INFO: POST \/login 303 in 12 ms$/)
    t.match(lines[1], /WARN: tool call .*evil/)
    t.notMatch(lines[1], /[^\P{C}]/u)
  }
)
