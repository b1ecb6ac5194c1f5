import t from 'tap'
import { findApiKey } from '../../db/people/api-keys.ts'
import { insertUser, updateUser } from '../../db/people/users.ts'
import { openDatabase, openSettings } from '../support/helper.ts'
import { audited } from './audited.ts'
import { runService } from '../support/running.ts'
import { kagura, kaguraJson, refuses } from './command.ts'

const create = ['key', 'create', '--user', 'ada@example.com', '--name']

t.test('without a server a created key is valid and a revoked key is not', async (t) => {
  const { db, close, settings } = await openDatabase(t)
  const user = (await insertUser(db, { email: 'ada@example.com', password_hash: null }))!
  await close()
  const made = await kaguraJson(settings, [...create, 'laptop'])
  t.same(Object.keys(made), ['key', 'key_id', 'key_prefix', 'user_id', 'scope', 'expires_at'])
  t.match(made, {
    key: /^kagura_/,
    key_prefix: made.key.slice(0, 16),
    user_id: user.user_id,
    scope: 'mcp:tools',
    expires_at: null
  })
  const limits = ['--read-only', '--namespace', 'work', '--namespace', ' home ']
  t.match(await kaguraJson(settings, [...create, 'narrow', ...limits]), {
    access: 'read',
    namespaces: ['work', 'home'],
    beyond_namespaces: false
  })
  await refuses(
    t,
    settings,
    [...create, 'none', '--scope', 'mcp:web', '--namespace', 'work'],
    /could do nothing/
  )
  const { stdout } = await kagura(settings, [...create, 'desk'])
  const second = /kagura_\S+/.exec(stdout)![0]
  t.match(await kaguraJson(settings, ['key', 'revoke', made.key_id]), {
    key_id: made.key_id,
    status: 'revoked',
    revoked_at: /^\d{4}-/
  })

  const again = await openSettings(settings)
  t.teardown(again.close)
  t.match(await findApiKey(again.db, made.key), { problem: 'revoked' })
  t.match(await findApiKey(again.db, second), {
    problem: null,
    user_id: user.user_id,
    scope: 'mcp:tools'
  })
})

t.test(
  'beside a running server keys are created with scope and expiry, listed, and revoked by prefix',
  async (t) => {
    const { db: before, close: closeBefore, settings } = await openDatabase(t)
    await insertUser(before, { email: 'ada@example.com', password_hash: null })
    const bob = (await insertUser(before, { email: 'bob@example.com', password_hash: null }))!
    await updateUser(before, bob.user_id, { disabled_at: new Date() })
    await closeBefore()
    await runService(t, {}, settings)
    const { db, close } = await openSettings(settings, { beside: true })
    t.teardown(close)

    const made = await kaguraJson(settings, [
      ...create,
      'ci',
      '--scope',
      ' mcp:memory  mcp:coding mcp:memory',
      '--expires-days',
      '3650'
    ])
    t.equal(made.scope, 'mcp:memory mcp:coding')
    t.equal(Math.round((Date.parse(made.expires_at) - Date.now()) / 86_400_000), 3650)
    t.match(await findApiKey(db, made.key), { problem: null, scope: 'mcp:memory mcp:coding' })

    const { keys } = await kaguraJson(settings, ['key', 'list', '--user', 'ada@example.com'])
    t.match(keys, [{ key_id: made.key_id, email: 'ada@example.com', name: 'ci', status: 'active' }])
    t.notOk(JSON.stringify(keys).includes(made.key) || 'key_hash' in keys[0])
    t.same(await kaguraJson(settings, ['key', 'list', '--user', 'bob@example.com']), { keys: [] })

    t.equal(
      (await kagura(settings, ['key', 'revoke', made.key_prefix])).stdout,
      'Revoked the API key ci of ada@example.com.\n'
    )
    t.match((await kagura(settings, ['key', 'revoke', made.key_prefix])).stdout, /revoked already/)
    t.match(await findApiKey(db, made.key), { problem: 'revoked' })
    const rows = await audited(db, 'key.')
    t.same(
      rows.map(({ action, details }) => [action, details['by'], details['key_id']]),
      [
        ['key.created', 'command', made.key_id],
        ['key.revoked', 'command', made.key_id]
      ]
    )
    t.notOk(JSON.stringify(rows).includes(made.key))

    await refuses(
      t,
      settings,
      ['key', 'create', '--user', 'bob@example.com', '--name', 'x'],
      /disabled.*kagura user enable/
    )
    await refuses(
      t,
      settings,
      ['key', 'create', '--user', 'eve@example.com', '--name', 'x'],
      /no user "eve@example\.com"/
    )
    await refuses(t, settings, ['key', 'revoke', 'nothing'], /no API key.*kagura key list/)
    await refuses(
      t,
      settings,
      [...create, 'x', '--scope', 'mcp:memory mcp:all'],
      /no scope "mcp:all".*mcp:tools mcp:memory mcp:coding mcp:graph mcp:web/
    )
    await refuses(t, settings, [...create, 'x', '--scope', ' '], /scope is empty/)
    await refuses(t, settings, [...create, ' '], /1 to 100/)
  }
)
