import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { launchdPlist, systemdUnit } from '../../cli/service-definition.ts'
import { temporaryDirectory } from '../support/helper.ts'
import { kagura, kaguraJson } from './command.ts'

/** Paths with what systemd and XML give a meaning. */
const odd = {
  node: '/opt/no de/100%/node',
  program: '/srv/$HOME "x"/it\\s/index.js',
  folder: '/srv/a & b <c>/50%',
  home: '/srv/a & b'
}

t.test('odd paths are written as systemd and launchd read them', async (t) => {
  const unit = systemdUnit(odd)
  t.match(unit, 'ExecStart="/opt/no de/100%%/node" "/srv/$$HOME \\"x\\"/it\\\\s/index.js" serve\n')
  t.match(unit, 'WorkingDirectory=/srv/a & b <c>/50%%\n')
  t.throws(() => systemdUnit({ ...odd, folder: '/srv/a\nExecStart=/bin/sh' }), /control character/)
  const plist = launchdPlist(odd)
  t.match(plist, '<string>/srv/a &amp; b &lt;c&gt;/50%</string>')
  const python = spawnSync(
    '/usr/bin/python3',
    ['-c', 'import plistlib,sys,json; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'],
    { input: plist, encoding: 'utf8' }
  )
  if (python.error) return t.comment('python3 is not here, which would read the plist')
  t.match(JSON.parse(python.stdout), {
    ProgramArguments: [odd.node, odd.program, 'serve'],
    WorkingDirectory: odd.folder,
    KeepAlive: { SuccessfulExit: false },
    Umask: 0o77
  })
})

t.test(
  'install, status and uninstall write the unit and call systemd; --print changes nothing',
  { skip: process.platform === 'linux' ? false : 'systemd' },
  async (t) => {
    const home = temporaryDirectory(t)
    const calls = join(home, 'calls')
    mkdirSync(join(home, 'bin'))
    writeFileSync(join(home, 'bin/systemctl'), `#!/bin/sh\necho "$@" >>"${calls}"\n`, {
      mode: 0o755
    })
    const env = { HOME: home, PATH: `${home}/bin:/usr/bin:/bin` }
    const file = join(home, '.config/systemd/user/kagura-memory.service')
    const { stdout: unit } = await kagura(env, ['service', 'install', '--print'])
    t.notOk(existsSync(file))
    t.match(await kagura(env, ['service', 'status']), { code: 1, stdout: /not installed/ })
    t.match(await kaguraJson(env, ['service', 'install']), { installed: true, running: true, file })
    t.equal(readFileSync(file, 'utf8'), unit)
    t.match(await kagura(env, ['service', 'status']), { code: 0, stdout: /The service runs/ })
    t.match(await kaguraJson(env, ['service', 'uninstall']), { removed: true })
    t.notOk(existsSync(file))
    t.same(readFileSync(calls, 'utf8').trim().split('\n'), [
      '--user daemon-reload',
      '--user enable kagura-memory.service',
      '--user restart kagura-memory.service',
      '--user is-active --quiet kagura-memory.service',
      '--user is-active --quiet kagura-memory.service',
      '--user disable --now kagura-memory.service'
    ])
    const wrong = await kagura({ ...env, PORT: 'many' }, ['service', 'install'])
    t.match(wrong, { code: 1, stderr: /Wrong setting PORT/ })
    t.notOk(existsSync(file), 'a wrong setting installs nothing')
    writeFileSync(join(home, 'bin/systemctl'), '#!/bin/sh\necho "No medium found" >&2; exit 1\n')
    t.match(await kagura(env, ['service', 'install']), {
      code: 1,
      stdout: /did not start.\nsystemctl --user daemon-reload: No medium found/
    })
    const unitFile = join(home, 'kagura-memory.service')
    writeFileSync(unitFile, unit.replace(/"[^"]*index\.js"/, '"/bin/true"'))
    t.ok(statSync(unitFile).size > 200)
    const verified = spawnSync('systemd-analyze', ['--user', 'verify', unitFile], {
      encoding: 'utf8',
      env: { ...process.env, XDG_RUNTIME_DIR: home }
    })
    if (verified.error) t.comment('systemd-analyze is not here')
    else t.equal(verified.stderr.replace(/^.*(runtime|sd-bus).*\n/gim, ''), '')
  }
)
