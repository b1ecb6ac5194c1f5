// node dist/test/conformance/index.js NODE PROGRAM runs @modelcontextprotocol/conformance against a
// service with the suite's fixtures. NODE is a Node.js 22 or later, PROGRAM the package's
// dist/index.js. The last line is `N passed, N failed`.
import { issueClient } from '../../db/oauth/clients.ts'
import { approveAt, signedIn } from '../clients/person.ts'
import { temporaryDirectory } from '../support/helper.ts'
import { freePort } from '../support/port.ts'
import { type Running, runService } from '../support/running.ts'
import { addingBearer } from './bearer-proxy.ts'
import { expectedFailures } from './expected-failures.ts'
import { suiteFixtures } from './fixtures/index.ts'
import { runAuthorization, type RunCounts, runRequirements, type Suite } from './program.ts'

const [node = '', program = ''] = process.argv.slice(2)
const undo: Array<() => unknown> = []
const t = {
  teardown: (step: () => unknown) => {
    undo.unshift(step)
  }
}
const counts: RunCounts = { passed: 0, failed: 0 }

try {
  const suite = { node, program, scratch: temporaryDirectory(t) }
  const running = await runService(t, {}, undefined, { fixtures: suiteFixtures })
  add(await checkAuthorization(suite, running))
  const { key } = await running.key(await running.person())
  const url = `${await addingBearer(t, running.url, key)}/mcp`
  for (const [revision, expected] of Object.entries(expectedFailures)) {
    add(await runRequirements(suite, { url, revision, expected }))
    if (expected.length > 0) console.log(`expected to fail: ${expected.join(', ')}`)
  }
} catch (error) {
  console.error(error)
  counts.failed++
}
for (const step of undo) await step()
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0

function add({ passed, failed }: RunCounts): void {
  console.log(`${passed} passed, ${failed} failed here`)
  counts.passed += passed
  counts.failed += failed
}

/** A visitor opens and approves the URL that the suite prints. */
async function checkAuthorization(suite: Suite, running: Running): Promise<RunCounts> {
  const port = await freePort()
  // The suite sends no secret to a server that allows public clients.
  await issueClient(running.app.db, 'conformance', {
    client_name: 'Conformance',
    redirect_uris: ['http://127.0.0.1/callback'],
    scope: 'mcp:tools',
    token_endpoint_auth_method: 'none'
  })
  const visitor = await signedIn(running)
  return runAuthorization(
    suite,
    [
      ...['--url', running.url, '--client-id', 'conformance'],
      ...['--resource', running.app.mcpUrl, '--port', String(port)]
    ],
    async (url) => {
      await fetch(await approveAt(visitor, url))
    }
  )
}
