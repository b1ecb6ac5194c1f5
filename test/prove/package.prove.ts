// What a person without a clone does with the package: install the tarball in an empty folder,
// start, connect, update over older data, uninstall.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import t from 'tap'
import { temporaryDirectory, type Teardown } from '../support/helper.ts'
import { freePort } from '../support/port.ts'
import { root } from '../support/sources.ts'

const execute = promisify(execFile)
const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
/** Nothing of npm run, and no setting, reaches the commands. */
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], LOG_LEVEL: 'error' }

async function npm(folder: string, ...args: string[]): Promise<string> {
  return (await execute('npm', args, { cwd: folder, env, maxBuffer: 2 ** 26 })).stdout
}

async function pack(source: string, target: string): Promise<{ file: string; bytes: number }> {
  const options = ['--json', '--ignore-scripts', '--pack-destination', target]
  const [packed] = JSON.parse(await npm(source, 'pack', ...options)) as [
    { filename: string; size: number }
  ]
  return { file: join(target, packed.filename), bytes: packed.size }
}

/** Starts the package's own command in the folder. Returns its address and what it printed. */
async function start(t: Teardown, folder: string, port: number) {
  const began = Date.now()
  const command = join(folder, 'node_modules/.bin/kagura-memory')
  const server = spawn(command, { cwd: folder, env: { ...env, PORT: String(port) } })
  t.teardown(() => server.kill('SIGKILL'))
  let printed = ''
  server.stderr.pipe(process.stderr)
  for await (const text of server.stdout.setEncoding('utf8')) {
    if (/listening on \S+\s/.test((printed += text))) break
  }
  const stop = async () => {
    server.kill('SIGTERM')
    return ((await once(server, 'exit')) as [number | null])[0]
  }
  return { url: `http://localhost:${port}`, printed, seconds: (Date.now() - began) / 1000, stop }
}

async function callTool(url: string, key: string, name: string, input: object): Promise<unknown> {
  const client = new Client({ name: 'prove', version: '1.0.0' })
  const headers = { authorization: `Bearer ${key}` }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${url}/api/v1/mcp/sse`), {
      requestInit: { headers }
    })
  )
  const { structuredContent } = await client.callTool({
    name,
    arguments: input as Record<string, unknown>
  })
  await client.close()
  return structuredContent
}

t.test('the package works without a clone, from installation to removal', async (t) => {
  const scratch = temporaryDirectory(t)
  const folder = join(scratch, 'folder')
  mkdirSync(folder)
  // Without it npm installs into the nearest folder above that has one.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const { file, bytes } = await pack(root, scratch)
  t.comment(`${(bytes / 1e6).toFixed(1)} MB packed`)
  t.ok(bytes < 60e6)
  const began = Date.now()
  await npm(folder, 'install', ...quiet, file)
  t.comment(`installed in ${((Date.now() - began) / 1000).toFixed(1)} s`)
  const port = await freePort()
  const command = async (...args: string[]) =>
    (
      await execute(join(folder, 'node_modules/.bin/kagura-memory'), args, {
        cwd: folder,
        env: { ...env, PORT: String(port) }
      })
    ).stdout
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  t.equal(await command('--version'), `${version}\n`)

  t.match(await command('user', '--help'), '$ npx kagura-memory user ')

  const first = await start(t, folder, port)
  t.comment(`first start in ${first.seconds.toFixed(1)} s`)
  t.match(first.printed, /\/setup\?token=/)
  t.equal((await fetch(`${first.url}/health`)).status, 200)
  await command('user', 'create', '--email', 'ada@example.org', '--role', 'admin', '--json')
  const { key } = JSON.parse(
    await command('key', 'create', '--user', 'ada@example.org', '--name', 'prove', '--json')
  ) as { key: string }
  await callTool(first.url, key, 'memory_store', { key: 'colour', value: 'Ada likes blue.' })
  t.match(await callTool(first.url, key, 'memory_search', { query: 'blue' }), {
    results: [{ key: 'colour' }]
  })
  t.match(await command('doctor', '--key', key), /All \d+ checks passed/)
  t.equal(await first.stop(), 0)

  // An older data directory lacks the newest migration; the newer package has another version.
  await command('migrate', 'down', '--yes')
  const newer = join(scratch, 'newer')
  mkdirSync(newer)
  await execute('tar', ['-xzf', file, '-C', newer])
  const manifest = join(newer, 'package/package.json')
  const newerText = readFileSync(manifest, 'utf8').replace(`"${version}"`, '"999.0.0"')
  writeFileSync(manifest, newerText)
  await command('backup')
  await npm(folder, 'install', ...quiet, (await pack(join(newer, 'package'), scratch)).file)
  t.equal(await command('--version'), '999.0.0\n')
  const second = await start(t, folder, port)
  t.comment(`start of the newer version in ${second.seconds.toFixed(1)} s`)
  t.match(await callTool(second.url, key, 'memory_recall', { key: 'colour' }), {
    value: 'Ada likes blue.'
  })
  t.equal(await second.stop(), 0)
  t.match(await command('migrate', 'status'), /^(applied .*\n)+$/)

  await npm(folder, 'uninstall', ...quiet, 'kagura-memory')
  t.notOk(existsSync(join(folder, 'node_modules/kagura-memory')))
  t.ok(existsSync(join(folder, 'data/server-secret')), 'the data stays')
  t.ok(existsSync(join(folder, 'backups')))
})
