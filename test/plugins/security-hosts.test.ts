import { request as httpRequest } from 'node:http'
import t, { type Test } from 'tap'
import { runService } from '../support/running.ts'
import { captureLog } from '../support/service-log.ts'

const log = captureLog(t)

const running = await runService(t, { PUBLIC_URL: 'https://memory.example' })
/** The address that the proxy connects to. */
const inside = running.app.listeningOrigin

/** Sends these raw headers and returns the answer. */
function answered(headers: string[], path = '/login', base = inside): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base)
    httpRequest({ hostname, port, path, headers, setHost: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode!)
    })
      .on('error', reject)
      .end()
  })
}

async function check(t: Test, base: string, cases: Array<[string[], number]>): Promise<void> {
  for (const [headers, status] of cases) {
    t.equal(await answered(headers, '/login', base), status, headers.join(' '))
  }
}

t.test('a Host is one name or address, and ours', async (t) => {
  await check(t, inside, [
    [['Host', 'memory.example'], 200],
    [['Host', 'localhost:1'], 200],
    [['Host', '[::1]:3000'], 200],
    [['Host', 'evil.example'], 421],
    [['Host', 'localhost/evil.com'], 421],
    [['Host', 'localhost?x'], 421],
    [['Host', 'localhost\\.evil.com'], 421],
    [['Host', 'evil.com@localhost'], 421],
    [['Host', 'localhost#x'], 421],
    [['Host', 'localhost', 'Host', 'evil.example'], 421],
    [['Host', 'localhost', 'Host', 'localhost'], 421],
    [['Host', 'evil.example', 'X-Forwarded-Host', 'memory.example'], 421]
  ])
})

t.test('behind a trusted proxy the Host itself is looked at beside X-Forwarded-Host', async (t) => {
  const behind = await runService(t, {
    PUBLIC_URL: 'https://memory.example',
    TRUST_PROXY: '127.0.0.1'
  })
  await check(t, behind.app.listeningOrigin, [
    [['Host', 'evil.example', 'X-Forwarded-Host', 'memory.example'], 421],
    [['Host', 'memory.example', 'X-Forwarded-Host', 'evil.example'], 421],
    [['Host', '127.0.0.1:3000', 'X-Forwarded-Host', 'memory.example'], 200],
    [['Host', 'kagura:3000', 'X-Forwarded-Host', 'memory.example'], 200]
  ])
  const before = log.join('').split('TRUST_PROXY').length
  t.equal(
    await answered(
      ['Host', 'memory.example', 'X-Forwarded-For', '203.0.113.1'],
      '/login',
      behind.app.listeningOrigin
    ),
    200
  )
  t.equal(log.join('').split('TRUST_PROXY').length, before, 'who is trusted is no news')
})

t.test('a proxy that is not trusted is named in the log, once, with what to set', async (t) => {
  t.match(
    log.join(''),
    /PUBLIC_URL is https and TRUST_PROXY is not set.*127\.0\.0\.1 when it runs on this machine/,
    'at the start'
  )
  const noted = () =>
    log.filter((line) =>
      /sent X-Forwarded-For, which is not believed.*Set TRUST_PROXY=127\.0\.0\.1/.test(line)
    ).length
  t.equal(noted(), 0)
  for (let i = 0; i < 3; i++) {
    await answered(['Host', 'memory.example', 'X-Forwarded-For', '203.0.113.1'])
  }
  t.equal(noted(), 1)
})
