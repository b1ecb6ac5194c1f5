// node dist/test/conformance/index.js NODE PROGRAM runs the scenarios of
// @modelcontextprotocol/conformance that need no fixtures. NODE is a Node.js 22 or later, PROGRAM
// the package's dist/index.js. The last line is `N passed, N failed`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { issueClient } from '../../db/oauth/clients.ts'
import { approveAt, signedIn } from '../clients/person.ts'
import { freePort } from '../support/port.ts'
import { runService } from '../support/running.ts'
import { addingBearer } from './bearer-proxy.ts'

const LIMIT_MS = 60_000
const [node = '', program = ''] = process.argv.slice(2)
const undo: Array<() => unknown> = []
const t = {
  teardown: (step: () => unknown) => {
    undo.unshift(step)
  }
}
const counts = { passed: 0, failed: 0 }

try {
  const running = await runService(t)
  await authorizationServer()
  const { key } = await running.key(await running.person())
  const proxy = await addingBearer(t, running.url, key)
  for (const scenario of ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection']) {
    await run(['server', '--url', `${proxy}/mcp`, '--scenario', scenario])
  }

  /** Runs all of `authorization`. A visitor opens and approves each URL that it prints. */
  async function authorizationServer(): Promise<void> {
    const port = await freePort()
    // The program sends no secret to a server that allows public clients.
    await issueClient(running.app.db, 'conformance', {
      client_name: 'Conformance',
      redirect_uris: ['http://127.0.0.1/callback'],
      scope: 'mcp:tools',
      token_endpoint_auth_method: 'none'
    })
    const visitor = await signedIn(running)
    await run(
      [
        'authorization',
        '--url',
        running.url,
        '--client-id',
        'conformance',
        '--resource',
        running.app.mcpUrl,
        '--port',
        String(port)
      ],
      async (url) => {
        await fetch(await approveAt(visitor, url))
      }
    )
  }
} catch (error) {
  console.error(error)
  counts.failed++
}
for (const step of undo) await step()
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0

/** Runs the program and adds its checks to the counts. A run without a passed check has failed. */
async function run(args: string[], open?: (url: string) => Promise<void>): Promise<void> {
  console.log(`--- ${args.filter((arg) => !arg.startsWith('http')).join(' ')}`)
  const child = spawn(node, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const limit = setTimeout(() => child.kill(), LIMIT_MS)
  let output = ''
  let opened = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    const url = /(https?:\/\/\S+\/authorize\?\S+)\s/.exec(output)?.[1]
    if (!open || opened || url === undefined) return
    opened = true
    open(url).catch((error: unknown) => {
      console.error(error)
      child.kill()
    })
  })
  const [code] = await once(child, 'close')
  clearTimeout(limit)
  // `authorization` and `server` print different summaries.
  const [passed, failed, warnings] = (
    /^Total: (\d+) passed, (\d+) failed()$/m.exec(output) ??
    /^Passed: (\d+)\/\d+, (\d+) failed, (\d+) warnings$/m.exec(output) ??
    []
  )
    .slice(1)
    .map(Number)
  const good = code === 0 && passed! > 0 && failed === 0 && warnings === 0
  counts.passed += passed ?? 0
  counts.failed += good ? 0 : Math.max(1, failed ?? 0)
  if (!good) console.log(output)
}
