import type { Command } from 'commander'
import {
  countApiKeys,
  issueApiKey,
  listApiKeys,
  listApiKeysNamed,
  type ListedApiKey,
  revokeApiKey
} from '../db/people/api-keys.ts'
import type { Trx } from '../db/connection/connect.ts'
import { emailAddress, nameOf, Refusal, scopeGiven, shown, wholeNumber } from './arguments.ts'
import { audit, withTransaction } from './database.ts'
import { pageLine, pageMembers, type PageOptions, paged, readPage } from './page.ts'
import { fields, minute, noun, print, subcommand, table, type WithJson } from './subcommand.ts'
import { userOf } from './user/record.ts'

export function addKeyCommands(kagura: Command): void {
  const group = noun(
    kagura,
    'key',
    'API keys: for Claude Code, scripts, and whatever cannot sign in.',
    'kagura key list'
  )
  subcommand(
    group,
    'create',
    'Makes an API key and shows it, this once.',
    'kagura key create --user ada@example.com --name laptop --scope "mcp:memory mcp:coding"'
  )
    .requiredOption('--user <email>', 'whose key it is', emailAddress)
    .requiredOption('--name <name>', 'what you will know it by', nameOf(100))
    .option(
      '--scope <values>',
      'what it may be used for, separated by spaces',
      scopeGiven,
      'mcp:tools'
    )
    .option(
      '--expires-days <days>',
      'when it ends, 1 to 3650 days from now; otherwise never',
      wholeNumber(1, 3650)
    )
    .action(createKey)
  paged(
    subcommand(
      group,
      'list',
      'Lists API keys, newest first; the keys themselves are stored nowhere.',
      'kagura key list --user ada@example.com'
    ).option('--user <email>', 'only those of this person', emailAddress),
    'id'
  ).action(showKeys)
  subcommand(
    group,
    'revoke',
    'Ends an API key for ever, with the next request.',
    'kagura key revoke kagura_Xa81Lq0Pz'
  )
    .argument('<key>', 'its id, or its prefix as listed')
    .action(revokeKey)
}

interface NewKey extends WithJson {
  user: string
  name: string
  scope: string
  expiresDays?: number
}

async function createKey({
  user: email,
  name,
  scope,
  expiresDays,
  ...options
}: NewKey): Promise<void> {
  const key = await withTransaction(async (trx) => {
    const user = await userOf(trx, email)
    if (user.disabled_at) {
      throw new Refusal(
        `${user.email} is disabled, so a key would not work. First: npx kagura user enable ${user.email}`
      )
    }
    const issued = await issueApiKey(trx, {
      user_id: user.user_id,
      name,
      scope,
      expires_days: expiresDays
    })
    await audit(trx, 'key.created', {
      user_id: user.user_id,
      details: { key_id: issued.key_id, name, scope }
    })
    return issued
  })
  const { key_id: id, key_prefix: prefix, user_id: userId, expires_at: expires } = key
  print(
    options,
    { key: key.key, key_id: id, key_prefix: prefix, user_id: userId, scope, expires_at: expires },
    () =>
      `Created the API key ${name} of ${email}.\n` +
      fields([
        ['Key', `${key.key}   (shown only now)`],
        ['Key ID', id],
        ['Scope', scope],
        ['Expires', minute(expires)]
      ])
  )
}

async function showKeys({
  user: email,
  limit,
  after,
  ...options
}: { user?: string } & WithJson & PageOptions): Promise<void> {
  const page = await withTransaction(async (trx) => {
    const which = email === undefined ? {} : { user_id: (await userOf(trx, email)).user_id }
    return readPage(
      { limit, ...(after !== undefined && { after }) },
      {
        list: (wanted) => listApiKeys(trx, which, wanted),
        count: () => countApiKeys(trx, which),
        id: (key) => key.key_id
      }
    )
  })
  const head = ['prefix', 'name', 'user', 'scope', 'state', 'created', 'last used', 'expires', 'id']
  print(
    options,
    { keys: page.rows.map(outside), ...pageMembers(page) },
    ({ keys }) =>
      table(
        head,
        keys.map((key) => [
          key.key_prefix,
          key.name,
          key.email,
          key.scope,
          key.status,
          minute(key.created_at),
          minute(key.last_used_at),
          minute(key.expires_at),
          key.key_id
        ]),
        'There is no API key.'
      ) + pageLine(page, 'npx kagura key list', { user: email })
  )
}

async function revokeKey(named: string, options: WithJson): Promise<void> {
  const { key, changed } = await withTransaction(async (trx) => {
    const one = await keyOf(trx, named)
    const revoked = await revokeApiKey(trx, one.user_id, one.key_id)
    if (revoked) {
      await audit(trx, 'key.revoked', {
        user_id: one.user_id,
        details: { key_id: one.key_id, name: one.name }
      })
    }
    return { key: { ...one, ...revoked }, changed: revoked !== undefined }
  })
  print(options, outside(key), ({ name, email }) =>
    changed
      ? `Revoked the API key ${name} of ${email}.`
      : `The API key ${name} of ${email} was revoked already.`
  )
}

/** By its id or its prefix. Throws Refusal. */
export async function keyOf(trx: Trx, named: string): Promise<ListedApiKey> {
  const [one, another] = await listApiKeysNamed(trx, named)
  if (!one) {
    throw new Refusal(
      `There is no API key with the id or prefix ${shown(named)}. To see all: npx kagura key list`
    )
  }
  if (another) {
    throw new Refusal(
      `Several API keys have the prefix ${shown(named)}. Give the id of one: npx kagura key list`
    )
  }
  return one
}

function outside({ key_hash: _, expired, ...key }: ListedApiKey) {
  return { ...key, status: key.revoked_at ? 'revoked' : expired ? 'expired' : 'active' }
}
