// Gemini CLI and Codex from npm with the plugin of a running server, as far as they go with a
// scripted server in place of the model.
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { putCaptureSwitch } from '../../db/capture/switches.ts'
import { pluginCommands } from '../../domain/connect/plugin.ts'
import { temporaryDirectory } from '../support/helper.ts'
import { call, connectClient } from '../support/mcp-client.ts'
import { MODEL_ANSWER, runModelServer } from '../support/model-server.ts'
import { runService } from '../support/running.ts'

const PROMPT = 'Which tax does the shop charge?'
const packages = ['@google/gemini-cli@0.61.0', '@openai/codex@0.171.0']
const execute = promisify(execFile)

const running = await runService(t)
const person = await running.person()
const { key, key_id: keyId } = await running.key(person)
await putCaptureSwitch(running.app.db, person.user_id, 'app', keyId, true)
const memories = await connectClient(t, running.url, key)
const model = await runModelServer(t)
const scratch = temporaryDirectory(t)
const home = join(scratch, 'home')
const project = join(home, 'shop')
mkdirSync(project, { recursive: true })
await call(memories, 'memory_store', { key: 'tax', value: 'Seven percent & no more' })
await execute('npm', ['install', '--prefix', scratch, '--no-audit', '--no-fund', ...packages])

/** Runs commands where only the stand-in for the model and this server can be reached. */
async function run(...commands: string[]): Promise<string> {
  const shell = execute('sh', ['-ec', commands.join('\n')], {
    cwd: project,
    timeout: 120_000,
    maxBuffer: 2 ** 26,
    env: {
      PATH: `${join(scratch, 'node_modules/.bin')}:${process.env['PATH']}`,
      HOME: home,
      TMPDIR: scratch,
      KAGURA_KEY: key,
      KAGURA_DEBUG: '1',
      GEMINI_API_KEY: 'stand-in',
      GOOGLE_GEMINI_BASE_URL: model.url,
      GEMINI_CLI_TRUST_WORKSPACE: 'true'
    }
  })
  shell.child.stdin?.end()
  const { stdout, stderr } = await shell
  return stdout + stderr
}

const captured = async (client: string) => {
  const entries = await running.app.db
    .selectFrom('memories')
    .select(['key', 'value', 'speaker'])
    .where('user_id', '=', person.user_id)
    .where('agent_name', '=', 'transcripts')
    .where('key', 'like', `${client}/%`)
    .orderBy('sequence_at')
    .execute()
  return entries.map(({ speaker, value }) => [speaker, value])
}

t.test('Gemini CLI takes the extension, the briefing, the tools, and is captured', async (t) => {
  const [download, unpack, install] = pluginCommands('gemini-cli', running.url).split('\n')
  await run(download!, unpack!)
  mkdirSync(join(home, '.gemini'))
  const settings = { security: { auth: { selectedType: 'gemini-api-key' } } }
  writeFileSync(join(home, '.gemini/settings.json'), JSON.stringify(settings))
  t.match(await run('gemini extensions validate ./kagura-gemini'), 'successfully validated')
  await run(`echo y | ${install} --consent --skip-settings`)
  t.match(await run('gemini mcp list'), /kagura \(from kagura-memory\): .* - Connected/)
  const answer = await run(`gemini --yolo --model gemini-2.5-flash --prompt '${PROMPT}'`)
  t.match(answer, MODEL_ANSWER)
  const request = model.requests.find((body) => body.includes(PROMPT))!
  t.match(request, 'Seven percent & no more')
  t.match(request, 'mcp_kagura_memory_search')
  t.same(await captured('gemini-cli'), [
    ['user', PROMPT],
    ['Gemini', MODEL_ANSWER]
  ])
})

t.test('Codex takes the plugin, the briefing, and is captured once', async (t) => {
  await run(...pluginCommands('codex', running.url).split('\n').slice(0, -1))
  t.match(await run('codex mcp list'), /kagura\s+\S+\/api\/v1\/mcp\/sse\s.*enabled/)
  const options = [
    '--skip-git-repo-check --dangerously-bypass-hook-trust',
    '-c model_provider=standin -c model=standin',
    `-c 'model_providers.standin={name="standin",base_url="${model.url}/v1",wire_api="responses"}'`
  ].join(' ')
  t.match(await run(`codex exec ${options} '${PROMPT}'`), MODEL_ANSWER)
  const request = model.requests.findLast((body) => body.includes(PROMPT))!
  t.match(request, 'Seven percent & no more')
  t.match(request, 'memory_search', 'the key connects the tools, too')
  await run(`codex exec ${options} resume --last 'And in winter?'`)
  t.same(await captured('codex'), [
    ['user', PROMPT],
    ['Codex', MODEL_ANSWER],
    ['user', 'And in winter?'],
    ['Codex', MODEL_ANSWER]
  ])
})
