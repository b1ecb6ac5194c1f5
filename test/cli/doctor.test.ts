import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { allEmbedded, embeddingServer, remember } from '../support/embedding-server.ts'
import { freshSettings, spawnService, temporaryDirectory } from '../support/helper.ts'
import { runService } from '../support/running.ts'
import { kagura, kaguraJson, refuses, startKagura } from './command.ts'
import { type Check, examine } from './examine.ts'

t.test('all checks of a healthy server pass, from the database to the tools', async (t) => {
  const settings = await freshSettings(t)
  const service = await spawnService(t, settings)
  const port = new URL(service.url).port
  await kaguraJson(settings, ['user', 'create', '--email', 'ada@example.com'])
  const { key } = await kaguraJson(settings, [
    'key',
    'create',
    '--user',
    'ada@example.com',
    '--name',
    'doctor'
  ])
  const { code, checks, failed } = await examine(['--key', key], { ...settings, PORT: port })
  t.same(failed, {})
  t.equal(code, 0)
  for (const name of [
    'settings',
    'database',
    'migrations',
    'health',
    'ready',
    'issuer',
    'PKCE',
    'User-Agent Claude-User',
    'CORS preflight',
    'API key',
    'MCP 2026-07-28',
    'tools'
  ]) {
    t.ok(
      checks.some(({ check }) => check === name),
      name
    )
  }
  const whole = await examine([service.url, '--key', key])
  t.same(whole.failed, {})
  for (const name of ['registration', 'sign-in page', 'token endpoint', 'discovery', 'call']) {
    t.ok(
      whole.checks.some(({ check }) => check === name),
      name
    )
  }
  const { stdout } = await kagura(settings, ['doctor', `${service.url}/api/v1/mcp/sse`])
  t.match(stdout, /^ok {4}health: The server answers\.\n/, 'the MCP URL stands for its server')
  t.match(stdout, /\n\nAll \d+ checks passed\.\n$/, 'the last line sums up')
  const odd = await kagura({ ...settings, PUBLIC_URL: 'https://memory.invalid:18443' }, [
    'doctor',
    '--json'
  ])
  const { checks: oddChecks, summary } = JSON.parse(odd.stdout)
  t.match(
    oddChecks.find(({ check }: Check) => check === 'public address'),
    { ok: true, why: /port 18443: claude\.ai connects to port 443 only/, fix: /without a port/ }
  )
  t.match(summary, { ok: false, failed: 2, text: /^2 of \d+ checks failed: proxy, health\.$/ })
  const wrong = await examine([service.url, '--key', 'kagura_wrong'])
  t.equal(wrong.code, 1)
  t.match(wrong.failed['API key'], { why: /is unknown/, fix: /Compare the key/ })
})

t.test('each problem of this installation is reported with a fix', async (t) => {
  const settings = await freshSettings(t)
  const down = await examine([], { ...settings, PORT: '1' })
  t.equal(down.code, 1)
  t.match(down.failed, { health: { why: /does not answer/, fix: /Start the server/ } })
  t.equal(down.checks.length, 8, 'and nothing more is asked')
  t.match(
    down.checks.find(({ check }) => check === 'Brave tools'),
    { ok: true, why: /BRAVE_SEARCH_API_KEY is not set/, fix: /set it/ }
  )
  t.match(
    (await examine([], { ...settings, PORT: '1', WEB_TOOLS: 'false' })).checks.find(
      ({ check }) => check === 'web tools'
    ),
    { ok: true, fix: 'Set WEB_TOOLS=true to let tools read the web.' }
  )
  const withoutYoutube = await examine([], {
    ...settings,
    PORT: '1',
    BRAVE_SEARCH_API_KEY: 'k',
    YOUTUBE_TOOLS: 'false'
  })
  t.match(
    withoutYoutube.checks.find(({ check }) => check === 'Brave tools'),
    { ok: true, why: 'They are enabled.', fix: undefined }
  )
  t.match(
    withoutYoutube.checks.find(({ check }) => check === 'YouTube tools'),
    { ok: true, why: /YOUTUBE_TOOLS is false/, fix: 'Set YOUTUBE_TOOLS=true to enable them.' }
  )
  const https = { ...settings, PORT: '1', PUBLIC_URL: 'https://127.0.0.1:1' }
  t.match((await examine([], https)).failed, {
    proxy: { why: /TRUST_PROXY is not set/, fix: /TRUST_PROXY=127\.0\.0\.1/ }
  })
  t.notOk('proxy' in (await examine([], { ...https, TRUST_PROXY: '127.0.0.1' })).failed)
  t.match((await examine([], { ...settings, PORT: 'x' })).failed, { settings: { why: /PORT/ } })
  t.match(
    (await examine([], { ...settings, TRUST_PROXY: 'nginx' })).failed,
    { settings: { why: /TRUST_PROXY/ } },
    'what the start would refuse'
  )
  t.match((await examine([], { ...settings, WEB_DENIED_HOSTS: 'https://x.example' })).failed, {
    settings: { why: /WEB_DENIED_HOSTS: https:\/\/x\.example is neither a host/ }
  })
  t.match(
    (await examine([], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', PORT: '1' })).failed,
    { settings: { why: /SERVER_SECRET: it is required/ } }
  )
  t.match(
    (
      await examine([], {
        DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
        SERVER_SECRET: 's'.repeat(32),
        PORT: '1'
      })
    ).failed,
    {
      database: { why: /cannot be opened.* Check DATABASE_URL\.$/, fix: /^(?!Check DATABASE_URL)/ }
    }
  )
  t.match((await examine([], { DATA_DIR: '/nonexistent/data', PORT: '1' })).failed, {
    database: { why: /none yet/, fix: /npm start/ }
  })
  t.match(
    (await examine([], { DATA_DIR: '/dev/null/data', PORT: '1' })).failed,
    { database: { why: /ENOTDIR.* Check DATA_DIR/, fix: /Check who owns/ } },
    'where no start would make one'
  )
  await refuses(t, settings, ['doctor', 'memory.example.org'], /is not an address of a server/)
})

t.test('doctor points out unknown names in .env', async (t) => {
  const directory = temporaryDirectory(t)
  const runDoctor = (file: string) => {
    writeFileSync(join(directory, '.env'), file)
    return text(startKagura({}, ['doctor'], directory).stdout)
  }
  t.match(
    await runDoctor('PORT=1\nWEB_DENIED_HOST=intranet.example\nport=2\n'),
    /\nok {4}\.env: This server has no setting named WEB_DENIED_HOST or port\.\n {6}If it/
  )
  t.notMatch(await runDoctor('PORT=1\n# WEB_DENIED_HOST=\n'), '.env:')
})

t.test(
  'doctor reports semantic search: its settings, its server, and the waiting memories',
  async (t) => {
    const server = await embeddingServer(t)
    const settings = { ...(await freshSettings(t)), PORT: '1' }
    const words = await examine([], settings)
    t.match(
      words.checks.find(({ check }) => check === 'embeddings'),
      { ok: true, why: /EMBEDDINGS_URL is not set/ }
    )

    const configured = {
      ...settings,
      EMBEDDINGS_URL: server.url,
      EMBEDDINGS_MODEL: 'one',
      EMBEDDINGS_API_KEY: 'secret'
    }
    const running = await runService(t, configured, settings)
    const { user_id: ada } = await running.person()
    await remember(running, ada, { ride: 'an automobile', pet: 'a puppy' })
    await allEmbedded(running, ada)
    const why = async () =>
      Object.fromEntries(
        (await examine([], configured)).checks.map((check) => [check.check, check.why])
      )
    t.match(await why(), {
      embeddings: /Configured: one at http/,
      'embedding server': /6 dimensions in \d+ ms/,
      'embedded memories': /^0 of 2 are waiting; pgvector/
    })
    server.behave(() => 401)
    const { code, failed } = await examine([], configured)
    t.equal(code, 1)
    t.match(failed['embedding server'], {
      why: /answered 401: .*no, Bearer \*\*\*/,
      fix: /EMBEDDINGS_API_KEY.*Until then search matches keywords only/
    })
  }
)
