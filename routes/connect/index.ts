import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import {
  type ConnectClient,
  connectClients,
  findConnectClient
} from '../../domain/connect/clients.ts'
import { clientStates, listConnections, watchClient } from '../../domain/connect/connections.ts'
import { clientLink, clientSnippet, otherSnippet } from '../../domain/connect/recipes.ts'
import { listTunnels } from '../../domain/connect/tunnels.ts'
import type { Session } from '../../db/people/sessions.ts'
import { reachOf } from '../../lib/public-url.ts'
import { qrCode } from '../../plugins/consent-views/qr-code.ts'
import { createKeyOnce } from '../../plugins/console/new-key.ts'
import { formOf, queryOf } from '../../plugins/form-parameters.ts'

const KEY_DAYS = 365
/** A test sends about twenty requests, so one person waits between two. */
const TEST_PAUSE_MS = 5000
const MAX_TESTERS = 1000
/** A page watches for connections since it was opened, at most this long ago. */
const MAX_WATCH_MS = 24 * 60 * 60 * 1000

interface ClientPath {
  Params: { client: string }
}

/** How to connect an app: the list of clients, and the page of each with what happens. */
const connectPages: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const connections = await listConnections(app.console.context(session))
    const states = clientStates(connections)
    return app.console.show(request, reply, session, 'connect/clients', {
      mcpUrl: app.mcpUrl,
      reach: reachOf(app.publicUrl),
      clients: connectClients.map(({ name, runs }, index) => ({ name, runs, ...states[index]! })),
      tunnels: listTunnels(Number(new URL(app.publicUrl).port) || app.config.PORT)
    })
  })

  app.get<ClientPath>('/:client', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const client = findConnectClient(request.params.client)
    if (!client) return reply.callNotFound()
    const since = readSince(queryOf(request.url).get('since'))
    return showClient(app, request, reply, session, client, since)
  })

  // Who opens the address of a form comes to its page.
  for (const form of ['key', 'test']) {
    app.get<ClientPath>(`/:client/${form}`, async ({ params: { client } }, reply) =>
      findConnectClient(client) ? reply.redirect(`/connect/${client}`, 303) : reply.callNotFound()
    )
  }

  app.post<ClientPath>('/:client/key', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const client = findConnectClient(request.params.client)
    if (client?.proof !== 'key') return reply.callNotFound()
    const path = watchPath(client, readSince(formOf(request).get('since')))
    app.auth.requireRecent(request, session, path)
    const newKey = { name: keyName(client), scope: 'mcp:tools', expires_days: KEY_DAYS }
    if (await createKeyOnce(app, request, session, 'connect-key', newKey)) {
      return app.console.redirect(reply, session, path)
    }
    const problem = { form: 'key', text: request.texts.connect.keyRepeated }
    return app.console.redirect(reply, session, path, { problem, status: 409 })
  })

  await app.register(testForm)
}
export default connectPages

/** Sends the requests of a client to the address of this server, and keeps what came back. */
const testForm: FastifyPluginAsync = async (app) => {
  const lastTests = new Map<string, number>()
  app.post<ClientPath>('/:client/test', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const client = findConnectClient(request.params.client)
    if (!client) return reply.callNotFound()
    const path = `${watchPath(client, readSince(formOf(request).get('since')))}#test`
    const waitsUntil = (lastTests.get(session.user_id) ?? -TEST_PAUSE_MS) + TEST_PAUSE_MS
    if (performance.now() < waitsUntil) {
      const problem = { form: 'test', text: request.texts.connect.testWait }
      return app.console.redirect(reply, session, path, { problem, status: 429 })
    }
    if (lastTests.size >= MAX_TESTERS) lastTests.clear()
    lastTests.set(session.user_id, performance.now())
    const checks = await app.doctor.visitAs(client.agents ?? [])
    await app.notices.leave(session, 'connect-test', { client: client.id, checks })
    return app.console.redirect(reply, session, path)
  })
}

type FoundClient = NonNullable<ReturnType<typeof findConnectClient>>

async function showClient(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  client: FoundClient,
  since: Date
): Promise<FastifyReply> {
  const newKey = await app.notices.take(request, session, 'connect-key')
  const lastTest = await app.notices.take(request, session, 'connect-test')
  const values = {
    mcpUrl: app.mcpUrl,
    keyUrl: `${app.publicUrl}/api/v1/mcp/key`,
    key: newKey?.key
  }
  const reach = reachOf(app.publicUrl)
  const isForPhone = reach === 'internet' && client.runs === 'in_cloud'
  return app.console.show(request, reply, session, 'connect/client', {
    client,
    mcpUrl: app.mcpUrl,
    reach,
    path: watchPath(client, since),
    since: since.toISOString(),
    watched: await watchClient(app.console.context(session), client.id, since),
    recordsCalls: app.config.TOOL_HISTORY,
    registers:
      app.config.DYNAMIC_REGISTRATION === 'open' || app.config.CLIENT_ID_METADATA_DOCUMENTS,
    snippet: clientSnippet(client.id, values),
    link: clientLink(client.id, values),
    otherSnippet: otherSnippet(client.id, values),
    keyForm: crypto.randomUUID(),
    newKey,
    checks: lastTest?.client === client.id ? lastTest.checks : undefined,
    ...(isForPhone && { qrCode: await qrCode(`${app.publicUrl}/connect/${client.id}`) })
  })
}

/** The page, which looks for connections since then. */
function watchPath(client: ConnectClient, since: Date): string {
  return `/connect/${client.id}?since=${since.toISOString()}`
}

/** The time from the address; now if it is none of the last day. */
function readSince(text: string | undefined): Date {
  const since = /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/.test(text ?? '') ? new Date(text!) : undefined
  const age = Date.now() - (since?.getTime() ?? NaN)
  return since && age >= 0 && age <= MAX_WATCH_MS ? since : new Date()
}

/** The name of a key from the page of a client, by which the page knows it again. */
function keyName({ id, name }: ConnectClient): string {
  return id === 'scripts' ? 'Script' : name
}
