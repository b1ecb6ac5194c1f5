import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import yauzl from 'yauzl'
import { putCaptureSwitch } from '../../../db/capture/switches.ts'
import { pluginCommands } from '../../../domain/connect/plugin.ts'
import { version } from '../../../lib/version.ts'
import { buildArchive } from '../../../routes/plugins/archive.ts'
import { call, connectClient } from '../../support/mcp-client.ts'
import { listenOnLoopback } from '../../support/port.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { url } = running
const person = await running.person()
const { key, key_id: keyId } = await running.key(person)
const client = await connectClient(t, url, key)
const directory = mkdtempSync(join(tmpdir(), 'kagura-plugin-'))
t.teardown(() => rmSync(directory, { recursive: true, force: true }))

const download = async (path: string) =>
  Buffer.from(await (await fetch(`${url}/plugins/${path}`)).arrayBuffer())

/** The files of an archive: path -> text. */
async function unpack(archive: Buffer): Promise<Map<string, string>> {
  const zip = await yauzl.fromBufferPromise(archive)
  const files = new Map<string, string>()
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await text(await zip.openReadStreamPromise(entry)))
  }
  return files
}

/** Unpacks the plugin, as a client does. */
async function installPlugin(): Promise<void> {
  for (const [path, content] of await unpack(await download(`kagura-memory-${version}.zip`))) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
}

/** Runs a hook as a client does, and returns what it prints. */
async function runHook(script: string, event: object, environment: object, ...args: string[]) {
  const hook = spawn(process.execPath, [join(directory, 'hooks', script), ...args], {
    env: { PATH: process.env['PATH'], TMPDIR: directory, KAGURA_DEBUG: '1', ...environment }
  })
  hook.stdin.end(JSON.stringify(event))
  const [stdout, stderr, [code]] = await Promise.all([
    text(hook.stdout),
    text(hook.stderr),
    once(hook, 'exit')
  ])
  return { stdout, stderr, code }
}

t.test('the marketplace names the archive of this server with its digest', async (t) => {
  const marketplace = JSON.parse((await download('marketplace.json')).toString())
  const host = new URL(url).host.replace(/\W+/g, '-')
  t.match(marketplace, { name: `kagura-at-${host}`, plugins: [{ name: 'kagura-memory', version }] })
  const { source } = marketplace.plugins[0]
  t.match(source, { source: 'archive', url: `${url}/plugins/kagura-memory-${version}.zip` })
  const archive = await download(`kagura-memory-${version}.zip`)
  t.equal(createHash('sha256').update(archive).digest('hex'), source.sha256)
  const values = { publicUrl: url, mcpUrl: running.app.mcpUrl, version }
  t.ok(buildArchive('kagura-memory', values).content.equals(archive), 'the same bytes each time')
  t.equal((await fetch(`${url}/plugins/kagura-memory-0.0.0.zip`)).status, 404)
})

t.test('the commands for a local server name the archive, which is there', async (t) => {
  for (const name of ['claude-code', 'codex', 'cursor', 'gemini-cli'] as const) {
    const [address] = /http\S+\.zip/.exec(pluginCommands(name, url))!
    t.equal((await fetch(address)).status, 200, name)
  }
  const published = pluginCommands('claude-code', 'https://memory.example.org')
  t.match(published, 'add https://memory.example.org/plugins/marketplace.json')
  t.notMatch(published, '.zip')
  t.match(pluginCommands('claude-code', 'https://localhost:8443'), 'add ./kagura-plugin')
})

t.test('the archives hold this address, the manifests of each client, and no secret', async (t) => {
  for (const [name, expected] of [
    [
      'kagura-memory',
      ['plugin.json', '.claude-plugin/plugin.json', '.cursor-plugin/plugin.json', '.mcp.json']
    ],
    ['kagura-memory-codex', ['.codex-plugin/plugin.json', 'hooks/hooks.json', '.mcp.json']],
    ['kagura-memory-gemini', ['gemini-extension.json', 'GEMINI.md', 'hooks/hooks.json']]
  ] as const) {
    const files = await unpack(await download(`${name}-${version}.zip`))
    t.same(
      expected.filter((path) => !files.has(path)),
      []
    )
    for (const [path, content] of files) {
      if (path.endsWith('.json')) t.doesNotThrow(() => JSON.parse(content), path)
      t.notMatch(content, /\{\{(?!args)|kagura_\w{10}/, path)
      if (!/"version"/.test(content) || path.endsWith('marketplace.json')) continue
      t.equal(JSON.parse(content).version, version, path)
    }
    t.match(files.get('hooks/server.json'), `"${url}"`)
    if (name === 'kagura-memory-codex') {
      t.notOk(files.has('plugin.json'), 'beside it Codex runs no hooks')
      t.notMatch(files.get('hooks/hooks.json'), 'async', 'Codex runs no such hook')
    }
  }
})

t.test('the hook of a new session gives the briefing, and nothing without a key', async (t) => {
  await installPlugin()
  await call(client, 'memory_store', { key: 'tax', value: 'Seven percent at the shop' })
  const event = { hook_event_name: 'SessionStart', cwd: '/srv/shop', session_id: 's1' }
  const briefed = await runHook('briefing.mjs', event, { CLAUDE_PLUGIN_OPTION_KAGURA_KEY: key })
  t.match(JSON.parse(briefed.stdout), {
    hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext: /- tax: Seven percent/ }
  })
  t.same(await runHook('briefing.mjs', event, {}), { stdout: '', stderr: '', code: 0 })
  const broken = await runHook('briefing.mjs', event, { KAGURA_KEY: 'kagura_wrong' })
  t.match(broken, { stdout: '', stderr: /401/, code: 0 }, 'a failure does not stop the session')
  const prompt = { ...event, hook_event_name: 'UserPromptSubmit', prompt: 'Which tax?' }
  t.equal((await runHook('briefing.mjs', prompt, { KAGURA_KEY: key })).stdout, '', 'not asked for')
  const sending = { KAGURA_KEY: key, KAGURA_BRIEF_PROMPTS: '1' }
  t.match((await runHook('briefing.mjs', prompt, sending)).stdout, 'About the topic')
  t.equal((await runHook('briefing.mjs', prompt, sending)).stdout, '', 'only the first prompt')
})

t.test('a hook sends the key to no other server', async (t) => {
  await installPlugin()
  let requests = 0
  const stranger = createServer((_, response) => {
    requests++
    response.end('{}')
  })
  const redirecting = createServer((_, response) =>
    response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end()
  )
  t.teardown(() => [stranger, redirecting].map((server) => server.close()))
  const port = await listenOnLoopback(stranger)
  const address = `http://127.0.0.1:${await listenOnLoopback(redirecting)}`
  const serverFile = join(directory, 'hooks/server.json')
  writeFileSync(serverFile, JSON.stringify({ url: address }))
  const event = { hook_event_name: 'SessionStart', cwd: '/srv/shop', session_id: 's3' }
  const hook = await runHook('briefing.mjs', event, { KAGURA_KEY: key })
  t.match(hook, { stdout: '', stderr: /redirect/, code: 0 })
  t.equal(requests, 0)
  writeFileSync(serverFile, JSON.stringify({ url }))
})

t.test('the hooks hand over a recorded transcript, twice without doubles', async (t) => {
  const transcriptPath = join(directory, 'transcript.jsonl')
  const line = (uuid: string, type: string, content: unknown) =>
    `${JSON.stringify({ type, uuid, timestamp: '2026-11-30T10:00:00Z', message: { role: type, content } })}\n`
  const long = 'x'.repeat(3_000_000)
  const transcript = [
    line('a1', 'user', 'Add the tax 税'),
    line('a2', 'user', [{ type: 'tool_result', content: long }]),
    ...Array.from({ length: 150 }, (_, i) =>
      line(`b${i}`, 'assistant', [{ type: 'text', text: `Step ${i}` }])
    )
  ].join('')
  writeFileSync(transcriptPath, transcript)
  const event = {
    hook_event_name: 'Stop',
    session_id: 's2',
    cwd: '/srv/shop',
    transcript_path: transcriptPath
  }
  const capture = () => runHook('capture.mjs', event, { KAGURA_KEY: key }, 'claude-code')
  const count = async () => {
    const memories = running.app.db.selectFrom('memories').select('memory_id')
    return (await memories.where('session_id', '=', 's2').execute()).length
  }
  await capture()
  t.equal(await count(), 0, 'capture is off')
  await putCaptureSwitch(running.app.db, person.user_id, 'app', keyId, true)
  t.same(await capture(), { stdout: '', stderr: '', code: 0 })
  t.equal(await count(), 151)
  t.same(await capture(), { stdout: '', stderr: '', code: 0 })
  t.equal(await count(), 151, 'the same transcript twice: no doubles')
  writeFileSync(transcriptPath, `${transcript}${line('c1', 'user', 'Thanks')}{"type":"us`)
  await capture()
  t.equal(await count(), 152, 'what is new, without a half line')
  const turn = {
    session_id: 'g1',
    cwd: '/srv/shop',
    prompt: '<hook_context>The briefing</hook_context>\n\nHi',
    prompt_response: 'Hello',
    timestamp: 't1'
  }
  for (let i = 0; i < 2; i++) await runHook('capture.mjs', turn, { KAGURA_KEY: key }, 'gemini-cli')
  const listed = await call(client, 'memory_list', { agent_name: 'transcripts', limit: 2 })
  t.match(listed.structured.memories, [{ key: /gemini-cli\/g1/ }, { key: /gemini-cli\/g1/ }])
  const promptText = await running.app.db
    .selectFrom('memories')
    .select('value')
    .where('session_id', '=', 'g1')
    .execute()
  t.same(promptText.map(({ value }) => value).toSorted(), ['Hello', 'Hi'], 'without the briefing')
})
