import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import {
  freshSettings,
  onPostgres,
  type Settings,
  spawnService,
  temporaryDirectory
} from './support/helper.ts'
import { databaseUrl, execute } from './support/postgres.ts'
import { freePort, listenOnLoopback } from './support/port.ts'
import { readConfig } from '../plugins/config/index.ts'
import { refuses } from './cli/command.ts'

const server = fileURLToPath(new URL(`../server${import.meta.url.slice(-3)}`, import.meta.url))

/** The exit code and the error output of a server that cannot start with these settings. */
async function refusal(settings: Settings): Promise<string> {
  const child = spawn(process.execPath, [server], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'fatal', ...settings },
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return `${String(code)} ${stderr}`
}

/** Matches a text that starts with these words. */
function startOf(words: string): RegExp {
  return new RegExp(`^${words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)
}

t.test(
  'a setting of the wrong form stops the start with a line that says the right one',
  async (t) => {
    for (const [settings, says] of [
      [
        { LOG_LEVEL: 'loud' },
        startOf(
          'Wrong setting LOG_LEVEL: it must be one of ' +
            'fatal, error, warn, info, debug, trace, silent.'
        )
      ],
      [{ DYNAMIC_REGISTRATION: 'yes' }, /it must be one of open, token, closed\./],
      [{ WEB_TOOLS: 'yes' }, /^Wrong setting WEB_TOOLS: it must be true or false\./],
      [{ ACCESS_TOKEN_SECONDS: '1h' }, /it must be a whole number from 60 to 86400\./],
      [{ ADMIN_PASSWORD: 'short' }, /it must be at least 8 characters long\./],
      [{ PUBLIC_URL: 'https://memory.example.org:99999' }, /it must be an address/],
      [{ PUBLIC_URL: 'https://ada:secret@memory.example.org' }, /it must be an address/],
      [
        { PUBLIC_URL: 'memory.example.org' },
        startOf(
          'Wrong setting PUBLIC_URL: it must be an address like https://memory.example.org, ' +
            'without a path.'
        )
      ],
      [
        { PUBLIC_URL: 'https://memory.example.org/kagura' },
        /without a path\. Clients look for .* at the root of the host .* needs a separate host name/
      ],
      [
        { DATABASE_URL: 'localhost/kagura' },
        /it must be like postgres:\/\/kagura:PASSWORD@localhost:5432\/kagura\./
      ],
      [{ EMBEDDINGS_URL: 'localhost:11434' }, /it must be like http:\/\/localhost:11434\/v1\./],
      [{ OUTBOUND_PROXY: 'proxy' }, /it must be like http:/],
      [{ GITHUB_API_URL: 'http://github' }, /it must be an https address like/],
      [{ WEB_ALLOWED_PORTS: 'all' }, /it must be port numbers, like 8080,8443\./],
      [
        { ALLOWED_HOSTS: 'https://x.example' },
        /it must be host names, like memory\.lan or memory\.lan:8443, without https/
      ],
      [{ ALLOWED_HOSTS: '*' }, /it must be host names/],
      [{ ALLOWED_HOSTS: 'memory.lan memory.home' }, /it must be host names/],
      [
        { ALLOWED_ORIGINS: 'claude.example' },
        /it must be origins, like https:\/\/app\.example\.com, without a path; or \* for all\./
      ],
      [{ ALLOWED_ORIGINS: 'https://a.example/x' }, /it must be origins/],
      [{ ALLOWED_ORIGINS: 'https://*.example' }, /it must be origins/],
      ...['10.0.0.0/0', '172.16.0.0/255.0.255.0', 'fd00::/255.0.0.0', 'true, 10.0.0.1'].map(
        (TRUST_PROXY) => [{ TRUST_PROXY }, /^Wrong setting TRUST_PROXY/]
      ),
      [
        { TRUST_PROXY: 'nginx' },
        startOf(
          'Wrong setting TRUST_PROXY: nginx is neither an address nor a network, ' +
            'like 10.0.0.1 or 10.0.0.0/8. Set true to trust all.'
        )
      ],
      [{ TRUST_PROXY: '10.0.0.1, 10.0.0.0/99' }, /10\.0\.0\.0\/99 is neither/]
    ] as Array<[Settings, RegExp]>) {
      t.throws(() => readConfig(settings), { message: says }, JSON.stringify(settings))
    }
    for (const settings of [
      { ALLOWED_HOSTS: 'memory.lan, [::1]:8080' },
      { ALLOWED_HOSTS: 'Memory.lan,' },
      { ALLOWED_ORIGINS: '*' },
      { ALLOWED_ORIGINS: 'https://a.example, vscode-webview://b' },
      { TRUST_PROXY: 'true' },
      { TRUST_PROXY: 'loopback, 10.0.0.0/8, fd00::/8, 172.16.0.0/255.240.0.0' }
    ]) {
      t.doesNotThrow(() => readConfig(settings), JSON.stringify(settings))
    }
  }
)

t.test(
  'what the machine does not allow stops the start with one line that names the setting',
  async (t) => {
    const settings = await freshSettings(t)
    const taken = createServer()
    const port = await listenOnLoopback(taken)
    t.teardown(() => taken.close())
    t.equal(
      await refusal({ ...settings, PORT: String(port) }),
      `1 Another program uses the port ${port}. Set PORT to another one.\n`
    )
    t.equal(
      await refusal({ ...settings, HOST: '192.0.2.1' }),
      '1 Wrong setting HOST: this machine does not have the address 192.0.2.1 (EADDRNOTAVAIL). ' +
        'Leave HOST out, or set 0.0.0.0 for all addresses.\n'
    )
    const directory = temporaryDirectory(t)
    const file = join(directory, 'file')
    writeFileSync(file, '')
    for (const DATA_DIR of [file, join(file, 'below')]) {
      const message = await refusal({ DATA_DIR })
      t.match(
        message,
        startOf('1 Wrong setting DATA_DIR: it must be a directory that the server may write (')
      )
      t.match(message, /^[^\n]+may write \((EEXIST|ENOTDIR)[^\n]+\)\.\n$/, DATA_DIR)
      t.match(
        await refusal({ DATA_DIR, SERVER_SECRET: 's'.repeat(32) }),
        /^1 The database cannot be opened: (EEXIST|ENOTDIR)[^\n]+ Check DATA_DIR \([^\n]+\)\.\n$/,
        DATA_DIR
      )
    }
  }
)

t.test(
  'a database that does not let the server in stops the start with one line that says what to do',
  { skip: onPostgres ? false : 'PostgreSQL' },
  async (t) => {
    const url = process.env['TEST_DATABASE_URL']!
    const secret = { SERVER_SECRET: 's'.repeat(32) }
    t.match(
      await refusal({
        ...secret,
        DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/none`
      }),
      /^1 The database cannot be opened: [^\n]*ECONNREFUSED[^\n]* Check DATABASE_URL\.\n$/
    )
    t.equal(
      await refusal({ ...secret, DATABASE_URL: databaseUrl(url, 'no_such_database') }),
      '1 The database cannot be opened: database "no_such_database" does not exist. ' +
        'Create it with createdb, or name another database. Check DATABASE_URL.\n'
    )
    t.match(
      await refusal({ DATABASE_URL: url }),
      /^1 Wrong setting SERVER_SECRET: it is required with DATABASE_URL/
    )
    for (const odd of [
      'postgres:///none?host=/nonexistent',
      'postgres://localhost:5432:x/none',
      'postgres://localhost/none?sslrootcert=/nonexistent.pem'
    ]) {
      const message = await refusal({ ...secret, DATABASE_URL: odd })
      t.match(message, /^1 The database cannot be opened: (connect ENOENT|Invalid URL|ENOENT)/, odd)
      t.match(message, /^[^\n]* Check DATABASE_URL\.\n$/, odd)
      await refuses(
        t,
        { DATABASE_URL: odd },
        ['user', 'list'],
        /The database cannot be opened: .* Check DATABASE_URL\.$/m
      )
    }
    const name = `plain_${crypto.randomUUID().slice(0, 8)}`
    await execute(url, `create role ${name} login`)
    await execute(url, `create database ${name}`)
    t.teardown(async () => {
      await execute(url, `drop database ${name}`)
      await execute(url, `drop role ${name}`)
    })
    const unprivilegedUrl = new URL(databaseUrl(url, name))
    unprivilegedUrl.username = name
    const message = await refusal({ ...secret, DATABASE_URL: unprivilegedUrl.href })
    t.match(
      message,
      startOf('1 The database cannot be opened: permission denied for schema public. ')
    )
    t.match(message, /^[^\n]*\. The role must own the database, [^\n]* Check DATABASE_URL\.\n$/)
    await refuses(
      t,
      { DATABASE_URL: unprivilegedUrl.href },
      ['migrate'],
      /permission denied for schema public\. The role must own the database/
    )
  }
)

t.test(
  'behind a proxy the start names the local address, and the log warns without https',
  async (t) => {
    const settings = await freshSettings(t)
    const { stdout, stderr, url } = await spawnService(t, settings, {
      PUBLIC_URL: 'http://localhost.example.org',
      ALLOWED_HOSTS: 'Memory.lan',
      ALLOWED_ORIGINS: 'https://App.example'
    })
    t.equal(url, 'http://localhost.example.org')
    const [, origin] = /On this machine, for your proxy: {2}(http:\/\/127\S+)/.exec(stdout())!
    t.equal((await fetch(`${origin}/health`)).status, 200)
    t.equal(
      stderr().split(
        'PUBLIC_URL is http://localhost.example.org: ' +
          'remote clients, such as ChatGPT and claude.ai, need an https address.'
      ).length,
      2,
      'one warning'
    )
    t.equal(await status(origin!, 'memory.lan'), 200, 'the case of the host does not matter')
    t.equal(await status(origin!, 'other.lan'), 421)
    const allowed = await fetch(`${origin}/api/v1/mcp/sse`, {
      method: 'POST',
      headers: { origin: 'https://app.example' }
    })
    t.equal(allowed.status, 401, 'nor the case of the origin')
    const odd = await spawnService(t, await freshSettings(t), {
      PUBLIC_URL: 'https://memory.example.org:18443'
    })
    t.match(odd.stderr(), /PUBLIC_URL names port 18443: claude\.ai connects to port 443 only/)
    const loopback = await spawnService(t, await freshSettings(t), {
      PUBLIC_URL: 'http://127.0.0.1:8125'
    })
    t.notMatch(loopback.stderr(), /need an https address/)
  }
)

/** The status of the sign-in page for this Host header, which fetch cannot set. */
async function status(origin: string, host: string): Promise<number | undefined> {
  const [answer] = (await once(get(`${origin}/login`, { headers: { host } }), 'response')) as [
    IncomingMessage
  ]
  answer.resume()
  return answer.statusCode
}
