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
import { type AccessLimits, noAccessLimits } from '../db/schema/index.ts'
import { limitDetails, limitFault } from '../plugins/oauth-server/limit-choice.ts'
import { limitScope } from '../tools/scopes.ts'
import {
  appendNamespace,
  CommandRefusedError,
  nameParser,
  parseEmail,
  parseScope,
  quoteText,
  wholeNumberParser
} from './arguments.ts'
import { recordAudit, withTransaction } from './database.ts'
import {
  addPageOptions,
  nextPageHint,
  nextPageMembers,
  type PageOptions,
  readPage
} from './page.ts'
import {
  addCommandGroup,
  addSubcommand,
  formatFields,
  formatMinute,
  formatSecret,
  formatTable,
  printResult,
  type WithJson
} from './subcommand.ts'
import { requireUser } from './user/record.ts'
import { commandName } from '../lib/command-name.ts'

export function addKeyCommands(program: Command): void {
  const keyGroup = addCommandGroup(
    program,
    'key',
    'Manage API keys, for Claude Code, scripts and other programs that cannot sign in.',
    'kagura key list'
  )
  addSubcommand(
    keyGroup,
    'create',
    'Create an API key and show it once.',
    'kagura key create --user ada@example.com --name laptop --scope "mcp:memory mcp:coding"'
  )
    .requiredOption('--user <email>', 'the owner of the key', parseEmail)
    .requiredOption('--name <name>', 'a name to recognise the key by', nameParser(100))
    .option(
      '--scope <values>',
      'what the key may be used for, separated by spaces',
      parseScope,
      'mcp:tools'
    )
    .option('--read-only', 'allow only the tools that read')
    .option(
      '--namespace <name>',
      'only the memories of this namespace; repeat it for several',
      appendNamespace
    )
    .option('--beyond-namespaces', 'with --namespace: also what belongs to no namespace')
    .option(
      '--expires-days <days>',
      'expire after 1 to 3650 days; without it the key never expires',
      wholeNumberParser(1, 3650)
    )
    .action(createKey)
  const listCommand = addSubcommand(
    keyGroup,
    'list',
    'List API keys, newest first. The server stores only their hashes.',
    'kagura key list --user ada@example.com'
  ).option('--user <email>', "only this user's keys", parseEmail)
  addPageOptions(listCommand, 'id').action(listKeys)
  addSubcommand(
    keyGroup,
    'revoke',
    'Revoke an API key permanently, from the next request on.',
    'kagura key revoke kagura_Xa81Lq0Pz'
  )
    .argument('<key>', 'its id, or its prefix as listed')
    .action(revokeKey)
}

interface KeyOptions extends WithJson {
  user: string
  name: string
  scope: string
  readOnly?: true | undefined
  namespace?: string[] | undefined
  beyondNamespaces?: true | undefined
  expiresDays?: number
}

async function createKey({
  user: email,
  name,
  scope,
  expiresDays,
  readOnly,
  namespace,
  beyondNamespaces,
  ...options
}: KeyOptions): Promise<void> {
  const limits = limitsFrom({ readOnly, namespace, beyondNamespaces })
  refuseUselessKey(scope, limits)
  const issuedKey = await withTransaction(async (trx) => {
    const user = await requireUser(trx, email)
    if (user.disabled_at) {
      throw new CommandRefusedError(
        `${user.email} is disabled, so a key would not work. ` +
          `First run: ${commandName} user enable ${user.email}`
      )
    }
    const newKey = await issueApiKey(trx, {
      user_id: user.user_id,
      name,
      scope,
      ...limits,
      expires_days: expiresDays
    })
    await recordAudit(trx, 'key.created', {
      user_id: user.user_id,
      details: { key_id: newKey.key_id, name, scope, ...limitDetails(limits) }
    })
    return newKey
  })
  const { key, key_id, key_prefix, user_id, expires_at } = issuedKey
  printResult(
    options,
    { key, key_id, key_prefix, user_id, scope, ...limitDetails(limits), expires_at },
    () =>
      `Created the API key ${name} of ${email}.\n` +
      formatFields([
        ['Key', formatSecret(key)],
        ['Key ID', key_id],
        ['Scope', limitScope(scope, limits)],
        ...namespaceFields(limits),
        ['Expires', formatMinute(expires_at)]
      ])
  )
}

type LimitOptions = Pick<KeyOptions, 'readOnly' | 'namespace' | 'beyondNamespaces'>

function limitsFrom({ readOnly, namespace, beyondNamespaces }: LimitOptions): AccessLimits {
  return {
    ...noAccessLimits,
    access: readOnly ? 'read' : 'full',
    namespaces: namespace ?? null,
    beyond_namespaces: beyondNamespaces ?? false
  }
}

/** Throws CommandRefusedError for limits that leave nothing of the scope. */
function refuseUselessKey(scope: string, limits: AccessLimits): void {
  const fault = limitFault(limits, scope)
  if (fault === 'tooManyNamespaces') {
    throw new CommandRefusedError('Give at most 50 namespaces.')
  }
  if (fault === 'nothingLeft') {
    throw new CommandRefusedError(
      `Nothing of the scope ${quoteText(scope)} has namespaces, so the key could do nothing. ` +
        'Leave --namespace out, or add --beyond-namespaces.'
    )
  }
}

function namespaceFields({ namespaces }: AccessLimits): Array<[string, string]> {
  return namespaces ? [['Namespaces', namespaces.join(', ')]] : []
}

async function listKeys({
  user: email,
  limit,
  after,
  ...options
}: { user?: string } & WithJson & PageOptions): Promise<void> {
  const keyPage = await withTransaction(async (trx) => {
    const keyFilter =
      email === undefined ? {} : { user_id: (await requireUser(trx, email)).user_id }
    return readPage(
      { limit, ...(after !== undefined && { after }) },
      {
        list: (page) => listApiKeys(trx, keyFilter, page),
        count: () => countApiKeys(trx, keyFilter),
        id: (key) => key.key_id
      }
    )
  })
  const listedKeys = keyPage.rows.map(publicApiKey)
  printResult(
    options,
    { keys: listedKeys, ...nextPageMembers(keyPage) },
    () => keyTable(listedKeys) + nextPageHint(keyPage, `${commandName} key list`, { user: email })
  )
}

function keyTable(keys: Array<ReturnType<typeof publicApiKey>>): string {
  return formatTable(
    [
      'prefix',
      'name',
      'user',
      'scope',
      'namespaces',
      'state',
      'created',
      'last used',
      'expires',
      'id'
    ],
    keys.map((key) => [
      key.key_prefix,
      key.name,
      key.email,
      limitScope(key.scope, key),
      key.namespaces?.join(', ') ?? 'all',
      key.status,
      formatMinute(key.created_at),
      formatMinute(key.last_used_at),
      formatMinute(key.expires_at),
      key.key_id
    ]),
    'There are no API keys.'
  )
}

async function revokeKey(idOrPrefix: string, options: WithJson): Promise<void> {
  const { key, changed } = await withTransaction(async (trx) => {
    const apiKey = await requireApiKey(trx, idOrPrefix)
    const revokedKey = await revokeApiKey(trx, apiKey.user_id, apiKey.key_id)
    if (revokedKey) {
      await recordAudit(trx, 'key.revoked', {
        user_id: apiKey.user_id,
        details: { key_id: apiKey.key_id, name: apiKey.name }
      })
    }
    return { key: { ...apiKey, ...revokedKey }, changed: revokedKey !== undefined }
  })
  printResult(options, publicApiKey(key), ({ name, email }) =>
    changed
      ? `Revoked the API key ${name} of ${email}.`
      : `The API key ${name} of ${email} was revoked already.`
  )
}

/** Finds the one key with this id or prefix. Throws CommandRefusedError for none or several. */
export async function requireApiKey(trx: Trx, idOrPrefix: string): Promise<ListedApiKey> {
  const [apiKey, secondKey] = await listApiKeysNamed(trx, idOrPrefix)
  if (!apiKey) {
    throw new CommandRefusedError(
      `There is no API key with the id or prefix ${quoteText(idOrPrefix)}. ` +
        `To see all keys: ${commandName} key list`
    )
  }
  if (secondKey) {
    throw new CommandRefusedError(
      `Several API keys have the prefix ${quoteText(idOrPrefix)}. ` +
        `Give the id of one of them, from: ${commandName} key list`
    )
  }
  return apiKey
}

function publicApiKey({ key_hash: _, expired, ...key }: ListedApiKey) {
  return { ...key, status: key.revoked_at ? 'revoked' : expired ? 'expired' : 'active' }
}
