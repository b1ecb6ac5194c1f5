import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { temporaryDirectory, type Teardown } from '../support/helper.ts'
import { initialize, toolsCall } from '../support/mcp-client.ts'
import { runService } from '../support/running.ts'
import { approveAt, signedIn } from './person.ts'

const running = await runService(t)
const program = fileURLToPath(import.meta.resolve('mcp-remote/dist/proxy.js'))

/** Starts mcp-remote, which bridges stdio to the MCP endpoint; ended at teardown. */
function bridge(t: Teardown, directory: string, ...more: string[]) {
  const child = spawn(
    process.execPath,
    [program, `${running.url}/mcp`, '--transport', 'http-only', ...more],
    {
      env: {
        PATH: process.env['PATH'],
        HOME: directory,
        MCP_REMOTE_CONFIG_DIR: directory,
        BROWSER: 'true'
      }, // the command `true` opens no browser
      stdio: ['pipe', 'pipe', 'pipe']
    }
  )
  const exited = once(child, 'exit')
  t.teardown(() => {
    child.kill()
    return exited
  })
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    child,
    async ask(message: object): Promise<any> {
      child.stdin.write(`${JSON.stringify(message)}\n`)
      const { value, done } = await answers.next()
      if (done) throw new Error('mcp-remote ended.')
      return JSON.parse(value)
    }
  }
}

t.test(
  'mcp-remote registers itself, gets the approval of a person, and calls a tool through stdio',
  async (t) => {
    const directory = temporaryDirectory(t)
    const visitor = await signedIn(running)
    const { child, ask } = bridge(t, directory)
    let stderr = ''
    const calledBack = new Promise<number>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', function look(text: string) {
        stderr += text
        const url = /(http:\S+\/authorize\?\S+)\s/.exec(stderr)?.[1]
        if (url === undefined) return
        child.stderr.off('data', look).resume()
        approveAt(visitor, url)
          .then((callback) => fetch(callback))
          .then(({ status }) => resolve(status), reject)
      })
      child.once('exit', () => reject(new Error(`mcp-remote ended:\n${stderr}`)))
    })
    const answered = ask(initialize)
    t.equal(await calledBack, 200, 'its page in the browser')
    t.match(await answered, { id: 1, result: { protocolVersion: '2025-11-25', serverInfo: {} } })
    child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
    t.match(await ask(toolsCall('memory_store', { key: 'from-mcp-remote', value: 'v' })), {
      id: 2,
      result: { structuredContent: { created: true } }
    })

    const again = bridge(t, directory, '--protocol', 'auto')
    again.child.stderr.resume()
    await again.ask(initialize)
    again.child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
    t.match(
      await again.ask(toolsCall('memory_recall', { key: 'from-mcp-remote' })),
      { id: 2, result: { structuredContent: { value: 'v' } } },
      'a second start asks nobody'
    )
  }
)
