import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isNewerVersion } from '../../cli/update/installation.ts'
import { version } from '../../lib/version.ts'
import { runService } from '../support/running.ts'
import { freshSettings, temporaryDirectory } from '../support/helper.ts'
import { kagura, kaguraJson, refuses } from './command.ts'

/** A `npm` whose registry has this version, or none. */
function npmWith(folder: string, newest: string | undefined): { PATH: string } {
  mkdirSync(join(folder, 'bin'), { recursive: true })
  const answer = newest === undefined ? 'exit 1' : `[ "$1" = view ] && echo ${newest}`
  writeFileSync(join(folder, 'bin/npm'), `#!/bin/sh\n${answer}\n`, { mode: 0o755 })
  return { PATH: `${folder}/bin:/usr/bin:/bin` }
}

t.test('versions compare by their numbers', async (t) => {
  t.ok(isNewerVersion('0.10.0', '0.9.9'))
  t.ok(isNewerVersion('1.0.0', '0.9.9'))
  t.notOk(isNewerVersion('0.9.9', '0.9.9'))
  t.notOk(isNewerVersion('0.9.9', '0.10.0'))
})

t.test('an update says what it changes, backs up first, and asks', async (t) => {
  const folder = temporaryDirectory(t)
  const settings = await freshSettings(t)
  const backups = join(folder, 'backups')
  const current = { ...settings, ...npmWith(folder, version) }
  t.match(await kagura(current, ['update', '--to', backups]), {
    code: 0,
    stdout: new RegExp(`This is version ${version}, and npm has none that is newer. The database`)
  })
  t.notOk(existsSync(backups), 'nothing to do, so no backup')
  const newer = { ...settings, ...npmWith(folder, '999.0.0') }
  t.match(await kaguraJson(newer, ['update', '--check']), {
    version,
    newest: '999.0.0',
    newer: true,
    kind: 'clone',
    advice: 'Update the clone: git pull && npm ci',
    pending: []
  })
  const offline = { ...settings, ...npmWith(folder, undefined) }
  t.match((await kagura(offline, ['update'])).stdout, 'npm did not say which one is the newest')

  await kagura(settings, ['migrate', 'down', '--yes'])
  const update = ['update', '--to', backups]
  await refuses(t, current, update, /lacks 1 migration of this version: \d{3}-[^]*add --yes/, {
    code: 2
  })
  t.notOk(existsSync(backups))
  const done = await kaguraJson(current, [...update, '--yes'])
  t.match(done, { installed: false, backup: new RegExp('^' + backups) })
  t.equal(readdirSync(backups).length, 1)
  t.same((await kaguraJson(settings, ['migrate', 'status'])).pending, [])
})

t.test('a running server of this version has nothing to update', async (t) => {
  const { settings } = await runService(t)
  const env = { ...settings, ...npmWith(temporaryDirectory(t), version) }
  t.match(await kaguraJson(env, ['update']), { newer: false, pending: [] })
})
