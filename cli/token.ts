import type { Command } from 'commander'
import { findClient } from '../db/oauth/clients.ts'
import type { Trx } from '../db/connection/connect.ts'
import { countConnectedApps, listConnectedApps } from '../db/oauth/connected-apps.ts'
import { type EndedGrant, revokeGrant, revokeGrants } from '../db/oauth/grants.ts'
import { limitScope, narrowScope } from '../tools/scopes.ts'
import { CommandRefusedError, parseEmail, quoteText } from './arguments.ts'
import { requireClient } from './client/record.ts'
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
  formatCount,
  formatMinute,
  formatTable,
  printResult,
  type WithJson
} from './subcommand.ts'
import { requireUser } from './user/record.ts'
import { commandName } from '../lib/command-name.ts'

const REVOCATION_REASON = 'revoked_by_command'

export function addTokenCommands(program: Command): void {
  const tokenGroup = addCommandGroup(
    program,
    'token',
    'Manage the access that users granted to apps. A grant has access and refresh tokens.',
    'kagura token list'
  )
  const exampleFilter = '--user ada@example.com --client chatgpt-connector'
  const listCommand = addSubcommand(
    tokenGroup,
    'list',
    'List the grants with a usable or refreshable token, newest first.',
    `kagura token list ${exampleFilter}`
  )
  addPageOptions(addGrantFilters(listCommand), 'grant').action(listTokens)
  const revokeCommand = addSubcommand(
    tokenGroup,
    'revoke',
    'Revoke the tokens of a user, of an app, of both together, or of one grant. ' +
      'It takes effect with the next request.',
    `kagura token revoke ${exampleFilter}`
  )
  addGrantFilters(revokeCommand)
    .option('--grant <id>', 'only the tokens of this grant')
    .action(revokeTokens)
}

function addGrantFilters(command: Command): Command {
  return command
    .option('--user <email>', 'only what this user granted', parseEmail)
    .option('--client <id>', 'only what was granted to this app')
}

interface GrantSelection extends WithJson {
  user?: string
  client?: string
  grant?: string
}

async function listTokens({
  json,
  limit,
  after,
  ...selection
}: GrantSelection & PageOptions): Promise<void> {
  const grantPage = await withTransaction(async (trx) => {
    const grantFilter = await grantFilterOf(trx, selection)
    return readPage(
      { limit, ...(after !== undefined && { after }) },
      {
        list: (page) => listConnectedApps(trx, grantFilter, page),
        count: () => countConnectedApps(trx, grantFilter),
        id: (grant) => grant.grant_id
      }
    )
  })
  const listedGrants = grantPage.rows.map(({ client_scope, scope, ...grant }) => ({
    ...grant,
    scope: limitScope(narrowScope(scope, client_scope), grant)
  }))
  const tableRows = listedGrants.map((grant) => [
    grant.grant_id,
    grant.email,
    grant.client_id,
    grant.client_name,
    grant.scope,
    formatMinute(grant.created_at),
    formatMinute(grant.last_used_at)
  ])
  printResult(
    { ...(json && { json }) },
    { tokens: listedGrants, ...nextPageMembers(grantPage) },
    () =>
      formatTable(
        ['grant', 'user', 'client', 'name', 'scope', 'granted', 'last used'],
        tableRows,
        'There are no live tokens.'
      ) +
      nextPageHint(grantPage, `${commandName} token list`, {
        user: selection.user,
        client: selection.client
      })
  )
}

async function revokeTokens(
  { json, ...selection }: GrantSelection,
  command: Command
): Promise<void> {
  const hasFilter = selection.user !== undefined || selection.client !== undefined
  if ((selection.grant !== undefined) === hasFilter) {
    command.error('error: say which tokens: --user, --client, both of these, or --grant alone')
  }
  const revokedGrants = await withTransaction(async (trx) => {
    const endedGrants =
      selection.grant === undefined
        ? await revokeGrants(trx, await grantFilterOf(trx, selection), REVOCATION_REASON)
        : [await revokeOneGrant(trx, selection.grant)]
    for (const grant of endedGrants) await recordAudit(trx, 'oauth.grant.revoked', grant)
    return endedGrants
  })
  printResult(
    { ...(json && { json }) },
    { revoked: revokedGrants.length, grants: revokedGrants.map((grant) => grant.grant_id) },
    ({ revoked }) =>
      revoked === 0
        ? 'There was no live grant to revoke.'
        : `Revoked ${formatCount(revoked, 'grant')} with all tokens.`
  )
}

async function grantFilterOf(
  trx: Trx,
  { user, client }: GrantSelection
): Promise<{ user_id?: string; client_id?: string }> {
  return {
    ...(user !== undefined && { user_id: (await requireUser(trx, user)).user_id }),
    ...(client !== undefined && {
      client_id: (await requireClient(findClient(trx, client), client)).client_id
    })
  }
}

async function revokeOneGrant(trx: Trx, grantId: string): Promise<EndedGrant> {
  const endedGrant = await revokeGrant(trx, grantId, REVOCATION_REASON)
  if (!endedGrant) {
    throw new CommandRefusedError(
      `There is no live grant ${quoteText(grantId)}. To see all grants: ${commandName} token list`
    )
  }
  return endedGrant
}
