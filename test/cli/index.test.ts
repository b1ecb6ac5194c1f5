import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { freshSettings } from '../support/helper.ts'
import { kagura, kaguraJson, kaguraProcess, refuses, startKagura } from './command.ts'

const subcommands = [
  'serve',
  'backup',
  'restore',
  'service install',
  'service uninstall',
  'service status',
  'update',
  'migrate up',
  'migrate down',
  'migrate status',
  'migrate sql',
  ...[
    'create',
    'invite',
    'reset-link',
    'list',
    'disable',
    'enable',
    'delete',
    'set-role',
    'reset-password',
    'reset-second-factor'
  ].map((verb) => `user ${verb}`),
  ...['create', 'list', 'revoke'].map((verb) => `key ${verb}`),
  ...['create', 'list', 'show', 'update', 'rotate-secret', 'delete'].map(
    (verb) => `client ${verb}`
  ),
  ...['list', 'revoke'].map((verb) => `token ${verb}`),
  ...['undo', 'purge', 'export', 'import'].map((verb) => `memory ${verb}`)
]

t.test('the help of every subcommand has a sentence and an example', async (t) => {
  const names = [...subcommands]
  await Promise.all(
    [1, 2, 3].map(async () => {
      for (let name = names.shift(); name; name = names.shift()) {
        const { code, stdout, stderr } = await kagura({}, [...name.split(' '), '--help'])
        t.equal(code, 0, name)
        t.equal(stderr, '')
        t.match(stdout, new RegExp(`^Usage: kagura ${name}\\b`))
        t.match(stdout, /\n[A-Z][^\n]+[^]*?\.\n/)
        t.match(stdout, new RegExp(`Example:\\n {2}\\$ .*npx kagura ${name}\\b`))
        if (name !== 'serve') t.match(stdout, '--json')
      }
    })
  )
})

t.test('wrong usage has exit code 2', async (t) => {
  for (const [args, why] of [
    [['user', 'create'], /--email <address>.*--help/],
    [['user', 'lst'], /Did you mean list/],
    [['user', 'create', '--email', 'a@b.c', '--role', 'emperor'], /admin, user, read_only/],
    [['key', 'create', '--user', 'a@b.c', '--name', 'x', '--expires-days', '3651'], /1 to 3650/],
    [['client', 'update', 'x', '--access-token-seconds', '5'], /60 to 86400/],
    [['client', 'update', 'x'], /nothing to change/],
    [['token', 'revoke', '--json'], /--user, --client/],
    [['token', 'revoke', '--grant', 'x', '--user', 'a@b.c'], /--grant alone/],
    [['memory', 'undo', '--user', 'a@b.c', '--since', '1d'], /--client or --key/],
    [['memory', 'undo', '--user', 'a@b.c', '--client', 'x'], /--since <time>/],
    [
      ['memory', 'purge', '--user', 'a@b.c'],
      /one of --key, --id, --deleted, --code, --history and --all/
    ],
    [['memory', 'purge', '--user', 'a@b.c', '--all', '--deleted'], /one of --key/]
  ] as const) {
    await refuses(t, { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' }, [...args], why, {
      code: 2
    })
  }
  const { code, stdout, stderr } = await kagura({}, [])
  t.same([code, stdout], [2, ''])
  t.match(stderr, /Usage: kagura/)
})

t.test('--version prints only the version, also as JSON', async (t) => {
  t.match(await kaguraProcess({}, ['--version']), {
    code: 0,
    stdout: /^\d+\.\d+\.\d+\n$/,
    stderr: ''
  })
  t.match(await kaguraJson({}, ['--version']), { version: /^\d+\.\d+\.\d+$/ })
})

t.test('a command ends silently if its reader closes the pipe early, like head', async (t) => {
  const child = startKagura({}, ['--help'])
  child.stdout.destroy()
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  t.same([stderr, code], ['', 0])
})

t.test('a wrong setting and an unreachable database are reported in one line', async (t) => {
  await refuses(t, { PORT: 'many' }, ['user', 'list'], /Wrong setting PORT/)
  t.match(await kaguraProcess({ PORT: 'many' }, ['user', 'list']), {
    code: 1,
    stdout: '',
    stderr: /^error: Wrong setting PORT[^\n]+\n$/
  })
  await refuses(
    t,
    { DATABASE_URL: 'postgres://nobody:hush@127.0.0.1:9/none' },
    ['user', 'list'],
    /^(?!.*hush).*ECONNREFUSED.*Check DATABASE_URL/
  )
  await refuses(t, { DATA_DIR: '/dev/null/data' }, ['user', 'list', '--json'], /Check DATA_DIR/)
})

t.test('kagura serve starts the server', async (t) => {
  const child = startKagura({ PORT: '0', LOG_LEVEL: 'silent', ...(await freshSettings(t)) }, [
    'serve'
  ])
  t.teardown(() => child.kill('SIGKILL'))
  const closed = once(child, 'close')
  let printed = ''
  for await (const part of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    if (/listening on \S+\n/.test((printed += part))) break
  }
  const url = /listening on (\S+)/.exec(printed)![1]
  t.equal((await fetch(`${url}/ready`)).status, 200)
  child.stdout.resume()
  child.kill('SIGTERM')
  t.same(await closed, [0, null])
})

t.test('commands that run at the same instant without a server all succeed', async (t) => {
  const settings = await freshSettings(t)
  const emails = Array.from({ length: 4 }, (_, index) => `user-${index}@example.org`)
  const ended = await Promise.all(
    emails.map((email) => kaguraProcess(settings, ['user', 'create', '--email', email]))
  )
  t.same(
    ended.map(({ code, stderr }) => [code, stderr]),
    emails.map(() => [0, ''])
  )
  const { users } = await kaguraJson(settings, ['user', 'list'])
  t.same(users.map(({ email }: { email: string }) => email).toSorted(), emails)
})
