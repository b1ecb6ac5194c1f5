import { listFormerSecrets } from '../../db/oauth/client-secrets.ts'
import { countClients, findClient, listClients } from '../../db/oauth/clients.ts'
import { withDatabase } from '../database.ts'
import { nextPageHint, nextPageMembers, type PageOptions, readPage } from '../page.ts'
import { formatMinute, formatTable, printResult, type WithJson } from '../subcommand.ts'
import { printClient, publicClient, registrationLabels, requireClient } from './record.ts'
import { commandName } from '../../lib/command-name.ts'

export async function showClients({
  limit,
  after,
  ...options
}: WithJson & PageOptions): Promise<void> {
  const clientPage = await withDatabase((db) =>
    readPage(
      { limit, ...(after !== undefined && { after }) },
      {
        list: (page) => listClients(db, page),
        count: () => countClients(db),
        id: (client) => client.client_id
      }
    )
  )
  const tableRows = clientPage.rows.map((client) => [
    client.client_id,
    client.client_name,
    client.scope,
    client.token_endpoint_auth_method,
    registrationLabels[client.registration],
    client.disabled_at ? 'disabled' : 'enabled',
    formatMinute(client.created_at),
    formatMinute(client.last_used_at)
  ])
  printResult(
    options,
    {
      clients: clientPage.rows.map((client) => publicClient(client)),
      ...nextPageMembers(clientPage)
    },
    () =>
      formatTable(
        ['id', 'name', 'scope', 'method', 'registration', 'state', 'created', 'last used'],
        tableRows,
        'There are no clients yet.'
      ) + nextPageHint(clientPage, `${commandName} client list`)
  )
}

export async function showClient(clientId: string, options: WithJson): Promise<void> {
  const { client, formerSecrets } = await withDatabase(async (db) => ({
    client: await requireClient(findClient(db, clientId), clientId),
    formerSecrets: await listFormerSecrets(db, clientId)
  }))
  printClient(options, client, undefined, formerSecrets)
}
