// Claude Code from npm with the plugin of a running server. A scripted server stands in for the
// model, so that the hooks of a whole session run.
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { putCaptureSwitch } from '../../db/capture/switches.ts'
import { marketplaceName, pluginCommands } from '../../domain/connect/plugin.ts'
import { temporaryDirectory } from '../support/helper.ts'
import { call, connectClient } from '../support/mcp-client.ts'
import { MODEL_ANSWER, runModelServer } from '../support/model-server.ts'
import { runService } from '../support/running.ts'
import { attribute } from '../support/visitor.ts'

const PACKAGE = '@anthropic-ai/claude-code@2.1.332'
const PROMPT = 'Which tax does the shop charge?'
const execute = promisify(execFile)

const running = await runService(t)
const person = await running.person()
const visitor = await running.signedIn(person.email)
const { key, key_id: keyId } = await running.key(person)
const memories = await connectClient(t, running.url, key)
const model = await runModelServer(t)
const scratch = temporaryDirectory(t)
const project = join(scratch, 'home/shop')
mkdirSync(project, { recursive: true })

/** Nothing of this machine's settings reaches Claude Code, and it calls no other server. */
const environment = {
  PATH: `${join(scratch, 'node_modules/.bin')}:${process.env['PATH']}`,
  HOME: join(scratch, 'home'),
  TMPDIR: scratch,
  ANTHROPIC_BASE_URL: model.url,
  ANTHROPIC_API_KEY: 'stand-in',
  DISABLE_AUTOUPDATER: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  KAGURA_DEBUG: '1'
}

async function run(...commands: string[]): Promise<string> {
  const options = { cwd: project, env: environment, timeout: 120_000, maxBuffer: 2 ** 26 }
  const shell = execute('sh', ['-ec', commands.join('\n')], options)
  shell.child.stdin?.end()
  const { stdout, stderr } = await shell
  return stdout + stderr
}

const captured = () =>
  running.app.db
    .selectFrom('memories')
    .select(['key', 'value', 'speaker', 'session_id', 'tags'])
    .where('user_id', '=', person.user_id)
    .where('agent_name', '=', 'transcripts')
    .orderBy('sequence_at')
    .execute()

/** What the page says a session of this project is told. */
async function shownBriefing(): Promise<string> {
  const { html } = await visitor.get('/memories/briefing?project=shop')
  const escaped = /<pre class="value"[^>]*>([\s\S]*?)<\/pre>/.exec(html)![1]!
  return attribute(` x="${escaped.replaceAll('"', '&quot;')}"`, 'x')!
}

t.test('Claude Code takes the plugin with the commands of the Connect page', async (t) => {
  await execute('npm', ['install', '--prefix', scratch, '--no-audit', '--no-fund', PACKAGE])
  t.match(await run('claude --version'), '2.1.332')
  const name = marketplaceName(running.url)
  await run(`claude plugin marketplace add ${running.url}/plugins/marketplace.json`)
  const refusal = await run(`claude plugin install kagura-memory@${name}`).catch(String)
  t.match(refusal, /https/, 'it takes archives of public https addresses only')
  await run(`claude plugin marketplace remove ${name}`)

  await run(
    pluginCommands('claude-code', running.url).replace('KAGURA_KEY=...', `KAGURA_KEY=${key}`)
  )
  t.match(await run('claude plugin list'), /kagura-memory@[\s\S]*enabled/)
  const validation = await run('claude plugin validate ./kagura-plugin')
  t.match(validation, 'Validation passed')
  t.notMatch(validation, /Found \d+ warnings?:\s+❯ description|README_MISSING/)
  t.match(await run('claude mcp list'), /kagura: \S+\/api\/v1\/mcp\/sse \(HTTP\) - .*Connected/)
})

t.test('a session begins with the briefing that the page shows', async (t) => {
  await call(memories, 'memory_store', { key: 'tax', value: 'Seven percent & no more' })
  t.match(await run(`claude --print ${JSON.stringify(PROMPT)}`), MODEL_ANSWER)
  const request = model.requests.find((body) => body.includes(PROMPT))!
  const briefing = await shownBriefing()
  t.match(briefing, '- tax: Seven percent & no more')
  t.ok(request.includes(JSON.stringify(briefing).slice(1, -1)), 'the model gets the same text')
  t.match(request, 'mcp__plugin_kagura-memory_kagura__memory_search', 'and the tools')
  t.same(await captured(), [], 'capture is off')
})

t.test('a session is captured once, however often it is handed over', async (t) => {
  await putCaptureSwitch(running.app.db, person.user_id, 'app', keyId, true)
  await run(`claude --print --continue "And in winter?"`)
  const entries = await captured()
  t.match(entries, [
    { speaker: 'user', value: PROMPT, tags: ['captured', 'shop'] },
    { speaker: 'Claude', value: MODEL_ANSWER },
    { speaker: 'user', value: 'And in winter?' },
    { speaker: 'Claude', value: MODEL_ANSWER }
  ])
  t.equal(entries.length, 4)
  t.equal(new Set(entries.map((entry) => entry.session_id)).size, 1)
  await run(`claude --print --continue "And in spring?"`)
  t.same((await captured()).slice(0, 4), entries, 'what was there stays')
  t.equal((await captured()).length, 6)
})
