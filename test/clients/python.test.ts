import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import t from 'tap'
import { register } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'
import { root } from '../support/sources.ts'
import { approveAt, serves, signedIn } from './person.ts'

const REDIRECT_URI = 'http://localhost:49155/callback'
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import authlib, requests_oauthlib']).status === 0
)

if (python === undefined && process.env['TEST_PYTHON_CLIENTS'] !== 'required') {
  console.error(
    'The Python clients are SKIPPED: ' +
      'python3-authlib and python3-requests-oauthlib are not installed here.'
  )
} else {
  t.ok(python, 'a Python with Authlib and requests-oauthlib is installed')
  const running = await runService(t)
  for (const library of ['authlib', 'requests_oauthlib']) {
    for (const method of ['none', 'client_secret_basic'] as const) {
      t.test(
        `Python's ${library} (${method}) gets a code with PKCE, redeems and refreshes it`,
        async (t) => {
          const client = await register(running, { method, uris: ['http://localhost/callback'] })
          const metadata = (await (
            await fetch(`${running.url}/.well-known/oauth-authorization-server`)
          ).json()) as Record<string, string>
          const child = spawn(
            python!,
            [
              join(root, 'test/clients/flow.py'),
              library,
              client.client_id,
              client.client_secret ?? '',
              REDIRECT_URI,
              metadata['authorization_endpoint']!,
              metadata['token_endpoint']!,
              `${running.url}/api/v1/mcp/sse`
            ],
            { stdio: ['pipe', 'pipe', 'inherit'] }
          )
          const exited = once(child, 'exit')
          const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
          const callback = await approveAt(await signedIn(running), (await lines.next()).value)
          child.stdin.end(`${callback.href}\n`)
          const [first, second] = JSON.parse((await lines.next()).value)
          t.same(await exited, [0, null])
          t.match(first, { token_type: 'Bearer', expires_in: 3600 })
          t.not(second.refresh_token, first.refresh_token)
          t.ok(await serves(t, running, second.access_token))
        }
      )
    }
  }
}
