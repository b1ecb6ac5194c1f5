import type { Command } from 'commander'
import { findClient } from '../db/oauth/clients.ts'
import type { Trx } from '../db/connection/connect.ts'
import { countConnectedApps, listConnectedApps } from '../db/oauth/connected-apps.ts'
import { type EndedGrant, revokeGrant, revokeGrants } from '../db/oauth/grants.ts'
import { narrowScope } from '../tools/scopes.ts'
import { emailAddress, Refusal, shown } from './arguments.ts'
import { clientOf } from './client/record.ts'
import { audit, withTransaction } from './database.ts'
import { pageLine, pageMembers, type PageOptions, paged, readPage } from './page.ts'
import { minute, noun, print, subcommand, table, type WithJson } from './subcommand.ts'
import { userOf } from './user/record.ts'

const REASON = 'revoked_by_command'

export function addTokenCommands(kagura: Command): void {
  const group = noun(
    kagura,
    'token',
    'What people granted to apps: each grant with all its access and refresh tokens.',
    'kagura token list'
  )
  for (const [verb, description, action] of [
    [
      'list',
      'Lists the grants with a token that can still be used or refreshed, newest first.',
      showTokens
    ],
    [
      'revoke',
      'Ends the tokens of a person, of an app, of both together, or of one grant, with the next request.',
      revokeTokens
    ]
  ] as const) {
    const command = subcommand(
      group,
      verb,
      description,
      `kagura token ${verb} --user ada@example.com --client chatgpt-connector`
    )
      .option('--user <email>', 'those that this person granted', emailAddress)
      .option('--client <id>', 'those granted to this app')
      .action(action)
    if (verb === 'revoke') command.option('--grant <id>', 'those of this one grant')
    else paged(command, 'grant')
  }
}

interface Which extends WithJson {
  user?: string
  client?: string
  grant?: string
}

async function showTokens({ json, limit, after, ...which }: Which & PageOptions): Promise<void> {
  const page = await withTransaction(async (trx) => {
    const of = await idsOf(trx, which)
    return readPage(
      { limit, ...(after !== undefined && { after }) },
      {
        list: (wanted) => listConnectedApps(trx, of, wanted),
        count: () => countConnectedApps(trx, of),
        id: (grant) => grant.grant_id
      }
    )
  })
  const tokens = page.rows.map(({ client_scope: most, scope, ...grant }) => ({
    ...grant,
    scope: narrowScope(scope, most)
  }))
  const head = ['grant', 'user', 'client', 'name', 'scope', 'granted', 'last used']
  print(
    { ...(json && { json }) },
    { tokens, ...pageMembers(page) },
    () =>
      table(
        head,
        tokens.map((grant) => [
          grant.grant_id,
          grant.email,
          grant.client_id,
          grant.client_name,
          grant.scope,
          minute(grant.created_at),
          minute(grant.last_used_at)
        ]),
        'There is no live token.'
      ) + pageLine(page, 'npx kagura token list', { user: which.user, client: which.client })
  )
}

async function revokeTokens({ json, ...which }: Which, command: Command): Promise<void> {
  if (
    which.grant !== undefined
      ? which.user !== undefined || which.client !== undefined
      : which.user === undefined && which.client === undefined
  ) {
    command.error('error: say which: --user, --client, both of these, or --grant alone')
  }
  const ended = await withTransaction(async (trx) => {
    const grants =
      which.grant === undefined
        ? await revokeGrants(trx, await idsOf(trx, which), REASON)
        : [await endGrant(trx, which.grant)]
    for (const grant of grants) await audit(trx, 'oauth.grant.revoked', grant)
    return grants
  })
  print(
    { ...(json && { json }) },
    { revoked: ended.length, grants: ended.map((grant) => grant.grant_id) },
    ({ revoked }) =>
      revoked === 0
        ? 'There was no live grant to revoke.'
        : `Revoked ${revoked} ${revoked === 1 ? 'grant' : 'grants'} with all tokens.`
  )
}

async function idsOf(
  trx: Trx,
  { user, client }: Which
): Promise<{ user_id?: string; client_id?: string }> {
  return {
    ...(user !== undefined && { user_id: (await userOf(trx, user)).user_id }),
    ...(client !== undefined && {
      client_id: (await clientOf(findClient(trx, client), client)).client_id
    })
  }
}

async function endGrant(trx: Trx, id: string): Promise<EndedGrant> {
  const ended = await revokeGrant(trx, id, REASON)
  if (!ended) {
    throw new Refusal(`There is no live grant ${shown(id)}. To see all: npx kagura token list`)
  }
  return ended
}
