import t, { type Test } from 'tap'
import type { Db } from '../../db/connection/connect.ts'
import { findClient, issueClient } from '../../db/oauth/clients.ts'
import { secretDigest } from '../../lib/secrets.ts'
import { freshSettings, openSettings, type Settings } from '../support/helper.ts'
import { audited } from './audited.ts'
import { runService } from '../support/running.ts'
import { kagura, kaguraJson, refuses } from './command.ts'

const uri = 'https://app.example.com/callback'
const create = ['client', 'create', '--name', 'My app', '--redirect-uri', uri]

t.test('control characters in names do not reach the terminal, also in JSON', async (t) => {
  const settings = await freshSettings(t)
  const { db, close } = await openSettings(settings)
  const name = 'n\u009b31m \u007f\u202e\u2066\u200b\u{e0041}\u2028\u2029'
  await issueClient(db, 'odd', {
    client_name: name,
    redirect_uris: [uri],
    scope: 'mcp:tools',
    token_endpoint_auth_method: 'none'
  })
  await close()
  for (const args of [
    ['client', 'list', '--json'],
    ['client', 'list']
  ]) {
    t.notMatch(
      (await kagura(settings, args)).stdout,
      /[\x7f-\x9f\p{Cf}\u2028\u2029]/u,
      args.join(' ')
    )
  }
  t.match(await kaguraJson(settings, ['client', 'list']), { clients: [{ client_name: name }] })
})

t.test('client create works without a server and shows the secret once', async (t) => {
  const settings = await freshSettings(t)
  const made = await kaguraJson(settings, [
    ...create,
    '--redirect-uri',
    'http://127.0.0.1/x',
    '--id',
    'my-app',
    '--auth-method',
    'client_secret_basic'
  ])
  t.match(made, {
    client_id: 'my-app',
    client_secret: /^[\w-]{43}$/,
    client_name: 'My app',
    redirect_uris: [uri, 'http://127.0.0.1/x'],
    scope: 'mcp:tools mcp:memory mcp:coding',
    token_endpoint_auth_method: 'client_secret_basic',
    require_pkce: false,
    access_token_seconds: null
  })
  const { db, close } = await openSettings(settings)
  t.teardown(close)
  t.equal((await findClient(db, 'my-app'))?.client_secret_hash, secretDigest(made.client_secret))
  const rows = await audited(db, 'oauth.client.')
  t.match(rows, [
    { action: 'oauth.client.created', client_id: 'my-app', details: { by: 'command' } }
  ])
  t.notMatch(JSON.stringify(rows), made.client_secret)
})

t.test('client update, rotate-secret and delete work beside a running server', async (t) => {
  const settings = await freshSettings(t)
  await runService(t, {}, settings)
  const { db, close } = await openSettings(settings, { beside: true })
  t.teardown(close)
  const { client_id: id, client_secret: none } = await kaguraJson(settings, [
    ...create,
    '--auth-method',
    'none',
    '--scope',
    'mcp:memory'
  ])
  t.equal(none, undefined)
  const update: Update = (...args) => kaguraJson(settings, ['client', 'update', id, ...args])
  const secretOf = async () => (await findClient(db, id))?.client_secret_hash

  const onlyUri = await checkRedirectUriUpdates(t, db, id, update)
  const changed = await update(
    '--name',
    'Other',
    '--scope',
    'mcp:web',
    '--require-pkce',
    '--disable',
    '--access-token-seconds',
    '28800'
  )
  t.match(changed, {
    client_name: 'Other',
    scope: 'mcp:web',
    require_pkce: true,
    disabled_at: /^\d{4}-/,
    access_token_seconds: 28800
  })
  const back = await update(
    '--no-require-pkce',
    '--enable',
    '--access-token-seconds',
    'default',
    '--auth-method',
    'client_secret_post'
  )
  t.match(back, {
    require_pkce: false,
    disabled_at: null,
    access_token_seconds: null,
    token_endpoint_auth_method: 'client_secret_post'
  })
  t.equal(
    await secretOf(),
    secretDigest(back.client_secret),
    'a client that was public gets a secret'
  )
  const rotated = await kaguraJson(settings, ['client', 'rotate-secret', id])
  t.same(Object.keys(rotated), ['client_id', 'client_secret'])
  t.equal(await secretOf(), secretDigest(rotated.client_secret))

  await checkRefusalsAndDeletion(t, settings, id, onlyUri)
  await checkAuditLog(t, db, id, [back.client_secret, rotated.client_secret])
})

type Update = (...args: string[]) => Promise<{ redirect_uris: string[]; [member: string]: any }>

/** Adds two redirect URIs to the client's one and removes all but the last, which it returns. */
async function checkRedirectUriUpdates(
  t: Test,
  db: Db,
  id: string,
  update: Update
): Promise<string> {
  const firstUri = 'com.example.app:/done'
  const secondUri = 'https://chatgpt.com/connector/oauth/*'
  await Promise.all([update('--redirect-uri', firstUri), update('--redirect-uri', secondUri)])
  t.same(
    (await findClient(db, id))?.redirect_uris.toSorted(),
    [uri, firstUri, secondUri].toSorted(),
    'both are added, also at the same instant'
  )
  t.same(
    (await update('--remove-redirect-uri', uri, '--remove-redirect-uri', firstUri)).redirect_uris,
    [secondUri]
  )
  return secondUri
}

/** The client has the one redirect URI; at the end it is deleted. */
async function checkRefusalsAndDeletion(
  t: Test,
  settings: Settings,
  id: string,
  onlyUri: string
): Promise<void> {
  await refuses(
    t,
    settings,
    ['client', 'update', id, '--remove-redirect-uri', onlyUri],
    /needs a redirect URI/
  )
  await refuses(
    t,
    settings,
    ['client', 'update', id, '--remove-redirect-uri', uri],
    /is not registered for/
  )
  await refuses(
    t,
    settings,
    ['client', 'update', 'x', '--name', 'y'],
    /no client "x".*kagura client list/
  )
  await refuses(t, settings, [...create, '--id', id], /is taken.*kagura client update/)
  const listedClient = await kaguraJson(settings, ['client', 'show', id])
  t.notOk('client_secret' in listedClient || 'client_secret_hash' in listedClient)
  t.match((await kaguraJson(settings, ['client', 'list'])).clients, [
    { client_id: id, client_name: 'Other', redirect_uris: [onlyUri] }
  ])
  t.match((await kagura(settings, ['client', 'delete', id, '--yes'])).stdout, /^Deleted the client/)
  await refuses(t, settings, ['client', 'show', id], /no client/)
}

/** Each change was noted once, and none of the secrets. */
async function checkAuditLog(t: Test, db: Db, id: string, secrets: string[]): Promise<void> {
  const rows = await audited(db, 'oauth.client.')
  t.same(
    rows.map(({ action }) => action.replace('oauth.client.', '')),
    [
      'created',
      'updated',
      'updated',
      'updated',
      'updated',
      'updated',
      'secret_rotated',
      'secret_rotated',
      'deleted'
    ]
  )
  t.ok(rows.every(({ client_id, details }) => client_id === id && details['by'] === 'command'))
  t.notOk(secrets.some((secret) => JSON.stringify(rows).includes(secret)))
}

t.test('unsafe client settings are refused before the database is opened', async (t) => {
  const settings = { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' }
  await refuses(
    t,
    settings,
    [...create, '--redirect-uri', 'javascript:alert(1)'],
    /scheme javascript is not allowed/
  )
  await refuses(
    t,
    settings,
    ['client', 'update', 'x', '--redirect-uri', 'http://example.com/'],
    /use https/
  )
  await refuses(
    t,
    settings,
    [...create, '--redirect-uri', `https://e.com/${'x'.repeat(100_000)}`],
    /too long/
  )
  await refuses(t, settings, [...create, '--id', 'my:app'], /cannot be a client id/)
  await refuses(t, settings, [...create, '--scope', 'admin'], /no scope "admin".*mcp:tools/)
  await refuses(
    t,
    settings,
    [...create, '--auth-method', 'private_key_jwt'],
    /client_secret_post, client_secret_basic, none/,
    { code: 2 }
  )
})
