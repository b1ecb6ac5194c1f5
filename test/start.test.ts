import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { freshSettings, onPostgres, type Settings, spawnService } from './helper.ts'
import { databaseUrl, execute } from './postgres.ts'
import { freePort } from './port.ts'
import { readConfig } from '../plugins/config.ts'

const server = fileURLToPath(new URL(`../server${import.meta.url.slice(-3)}`, import.meta.url))

/** What a server says on stderr that does not start with these settings, apart from its log. */
async function refusal (settings: Settings): Promise<string> {
  const child = spawn(process.execPath, [server], { cwd: tmpdir(), env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'fatal', ...settings }, stdio: ['ignore', 'ignore', 'pipe'] })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return `${String(code)} ${said}`
}

t.test('a setting of the wrong form stops the start with a line that says the right one', async (t) => {
  for (const [settings, says] of [
    [{ LOG_LEVEL: 'loud' }, /^Wrong setting LOG_LEVEL: it must be one of fatal, error, warn, info, debug, trace, silent\./],
    [{ DYNAMIC_REGISTRATION: 'yes' }, /it must be one of open, token, closed\./],
    [{ PUBLIC_URL: 'memory.example.org' }, /^Wrong setting PUBLIC_URL: it must be an address like https:\/\/memory\.example\.org, without a path\./],
    [{ PUBLIC_URL: 'https://memory.example.org/kagura' }, /without a path/],
    [{ DATABASE_URL: 'localhost/kagura' }, /it must be like postgres:\/\/kagura:PASSWORD@localhost:5432\/kagura\./],
    [{ EMBEDDINGS_URL: 'localhost:11434' }, /it must be like http:\/\/localhost:11434\/v1\./],
    [{ OUTBOUND_PROXY: 'proxy' }, /it must be like http:/],
    [{ GITHUB_API_URL: 'http://github' }, /it must be an https address like/],
    [{ WEB_ALLOWED_PORTS: 'all' }, /it must be port numbers, like 8080,8443\./],
    [{ ALLOWED_HOSTS: 'https://x.example' }, /it must be host names, like memory\.lan or memory\.lan:8443, without https/],
    [{ ALLOWED_ORIGINS: 'claude.example' }, /it must be origins, like https:\/\/app\.example\.com, without a path\./],
    [{ ALLOWED_ORIGINS: 'https://a.example/x' }, /it must be origins/],
    [{ TRUST_PROXY: 'nginx' }, /^Wrong setting TRUST_PROXY: nginx is neither an address nor a network, like 10\.0\.0\.1 or 10\.0\.0\.0\/8; true trusts all\./],
    [{ TRUST_PROXY: '10.0.0.1, 10.0.0.0/99' }, /10\.0\.0\.0\/99 is neither/]
  ] as Array<[Settings, RegExp]>) t.throws(() => readConfig(settings), { message: says }, JSON.stringify(settings))
  for (const settings of [
    { ALLOWED_HOSTS: 'memory.lan, [::1]:8080' }, { ALLOWED_ORIGINS: '*' }, { ALLOWED_ORIGINS: 'https://a.example, vscode-webview://b' },
    { TRUST_PROXY: 'true' }, { TRUST_PROXY: 'loopback, 10.0.0.0/8, fd00::/8, 172.16.0.0/255.240.0.0' }
  ]) t.doesNotThrow(() => readConfig(settings), JSON.stringify(settings))
})

t.test('what the machine does not allow stops the start with one line that names the setting', async (t) => {
  const settings = await freshSettings(t)
  const taken = createServer()
  await once(taken.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  t.equal(await refusal({ ...settings, PORT: String(port) }), `1 The port ${port} is taken by another program; set PORT to another one.\n`)
  t.equal(await refusal({ ...settings, HOST: '192.0.2.1' }), '1 Wrong setting HOST: 192.0.2.1 is no address of this machine. Leave it out, or set 0.0.0.0 for all.\n')
  const directory = t.testdir()
  const file = join(directory, 'file')
  writeFileSync(file, '')
  for (const DATA_DIR of [file, join(file, 'below')]) t.match(await refusal({ DATA_DIR }), /^1 The database cannot be opened: [^\n]+ Check DATA_DIR \([^\n]+\)\.\n$/, DATA_DIR)
})

t.test('a database that does not let the server in stops the start with one line that says what to do', { skip: onPostgres ? false : 'PostgreSQL' }, async (t) => {
  const url = process.env['TEST_DATABASE_URL']!
  const secret = { SERVER_SECRET: 's'.repeat(32) }
  t.match(await refusal({ ...secret, DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/none` }), /^1 The database cannot be opened: [^\n]*ECONNREFUSED[^\n]* Check DATABASE_URL\.\n$/)
  t.match(await refusal({ ...secret, DATABASE_URL: databaseUrl(url, 'no_such_database') }), /^1 The database cannot be opened: database "no_such_database" does not exist\. Make it with createdb, or name another\. Check DATABASE_URL\.\n$/)
  t.match(await refusal({ DATABASE_URL: url }), /^1 Wrong setting SERVER_SECRET: it is required with DATABASE_URL/)
  const name = `plain_${crypto.randomUUID().slice(0, 8)}`
  await execute(url, `create role ${name} login`)
  await execute(url, `create database ${name}`)
  t.teardown(async () => {
    await execute(url, `drop database ${name}`)
    await execute(url, `drop role ${name}`)
  })
  const plain = new URL(databaseUrl(url, name))
  plain.username = name
  t.match(await refusal({ ...secret, DATABASE_URL: plain.href }), /^1 The database cannot be opened: permission denied for schema public\. The role has to own the database, [^\n]* Check DATABASE_URL\.\n$/)
})

t.test('behind a proxy the start names the address on this machine, and says when it is not https', async (t) => {
  const settings = await freshSettings(t)
  const { stdout, url } = await spawnService(t, settings, { PUBLIC_URL: 'http://memory.example.org' })
  t.equal(url, 'http://memory.example.org')
  const [, origin] = /On this machine, for your proxy: {2}(http:\S+)/.exec(stdout())!
  t.equal((await fetch(`${origin}/health`)).status, 200)
  t.match(stdout(), /ChatGPT and claude\.ai reach https addresses only/)
})
