import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { findClients } from '../../../db/oauth/clients.ts'
import { auditorOf } from '../../../plugins/audit.ts'
import type { ClientTemplate } from '../../../plugins/console/pages/clients.ts'
import { formOf, queryOf } from '../../../plugins/form-parameters.ts'
import { registerClient } from '../../../plugins/oauth-server/client/administration.ts'
import { scopesSupported } from '../../../tools/scopes.ts'
import { addClientPages, clientPath } from './client.ts'
import { readClientForm } from './client-form.ts'

const PAGE_SIZE = 50
const MAX_SEARCH_LENGTH = 200

/** What the forms for well-known apps are filled with. */
const templates: Record<'chatgpt' | 'claude' | 'custom', ClientTemplate> = {
  chatgpt: {
    name: 'ChatGPT',
    redirect_uris:
      'https://chatgpt.com/connector_platform_oauth_redirect\n' +
      'https://chatgpt.com/connector/oauth/*',
    auth_method: 'client_secret_post'
  },
  claude: {
    name: 'Claude',
    redirect_uris:
      'https://claude.ai/api/mcp/auth_callback\nhttps://claude.com/api/mcp/auth_callback',
    auth_method: 'client_secret_post'
  },
  custom: { name: '', redirect_uris: '', auth_method: 'client_secret_post' }
}

/** The registered apps, and the form that registers one. */
const clientsPages: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireAdministrator(request)
    const query = queryOf(request.url)
    const search = (query.get('q') ?? '').trim().replaceAll('\0', '').slice(0, MAX_SEARCH_LENGTH)
    const after = query.get('after')?.replaceAll('\0', '')
    const clients = await findClients(app.db, search, { limit: PAGE_SIZE + 1, after })
    const lastClient = clients[PAGE_SIZE] && clients[PAGE_SIZE - 1]
    const next = lastClient && new URLSearchParams({ q: search, after: lastClient.client_id })
    return app.console.show(request, reply, session, 'admin/clients', {
      clients: clients.slice(0, PAGE_SIZE),
      search,
      more: next && `/admin/clients?${next.toString()}`
    })
  })
  addRegistration(app)
  addClientPages(app)
}
export default clientsPages

function addRegistration(app: FastifyInstance): void {
  app.get('/new', async (request, reply) => {
    const session = await app.console.requireAdministrator(request)
    app.auth.requireRecent(request, session)
    const name = queryOf(request.url).get('template')
    const template = name === 'chatgpt' || name === 'claude' ? name : 'custom'
    return app.console.show(request, reply, session, 'admin/new-client', {
      template,
      values: templates[template],
      scopes: scopesSupported
    })
  })

  app.post('/new', async (request, reply) => {
    const session = await app.console.requireAdministratorForm(request)
    app.auth.requireRecent(request, session, '/admin/clients/new')
    const read = readClientForm(formOf(request), request.texts.clients)
    if ('problem' in read) {
      return app.console.redirect(reply, session, '/admin/clients/new', { ...read, status: 400 })
    }
    const { client, client_secret: secret } = await registerClient(
      app.db,
      { ...read.metadata, grant_types: ['authorization_code', 'refresh_token'] },
      auditorOf(request, session)
    )
    const texts = request.texts.clients
    return app.console.redirect(reply, session, clientPath(client.client_id), {
      notice: texts.registered(client.client_name),
      ...(secret !== undefined && { shownSecret: { label: texts.secret, value: secret } })
    })
  })
}
