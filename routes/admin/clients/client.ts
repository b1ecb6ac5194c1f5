import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hasSecret } from '../../../db/oauth/client-metadata.ts'
import { listFormerSecrets } from '../../../db/oauth/client-secrets.ts'
import { type Client, findClient } from '../../../db/oauth/clients.ts'
import { countLiveGrants } from '../../../db/oauth/grants.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { PageError } from '../../../lib/errors.ts'
import { auditorOf } from '../../../plugins/audit.ts'
import { formOf } from '../../../plugins/form-parameters.ts'
import {
  changeClient,
  removeClient,
  replaceClientSecret
} from '../../../plugins/oauth-server/client/administration.ts'
import { scopesSupported } from '../../../tools/scopes.ts'
import { readClientForm } from './client-form.ts'

/** Seconds for which a former secret may go on working. */
const allowedOverlaps = [0, 3600, 86_400, 604_800]

type ClientPath = { Params: { client_id: string } }

/** The page of one app, and the forms that change it. */
export function addClientPages(app: FastifyInstance): void {
  app.get<ClientPath>('/:client_id', async (request, reply) => {
    const session = await app.console.requireAdministrator(request)
    const client = await requireClient(app, request, request.params.client_id)
    const [grants, formerSecrets] = await Promise.all([
      countLiveGrants(app.db, client.client_id),
      listFormerSecrets(app.db, client.client_id)
    ])
    return app.console.show(request, reply, session, 'admin/client', {
      client: withoutHashes(client),
      grants,
      formerSecrets,
      hasSecret: hasSecret(client.token_endpoint_auth_method),
      scopes: scopesSupported
    })
  })
  addEditing(app)
  addSecretRotation(app)
  addSwitches(app)
  addDeletion(app)
}

function addEditing(app: FastifyInstance): void {
  app.post<ClientPath>('/:client_id/edit', async (request, reply) => {
    const { session, client } = await requireClientForm(app, request, request.params.client_id)
    const path = clientPath(client.client_id)
    const texts = request.texts.clients
    if (client.registration === 'metadata_document') {
      const problem = { form: 'client', text: texts.describedElsewhere }
      return app.console.redirect(reply, session, path, { problem, status: 409 })
    }
    const read = readClientForm(formOf(request), texts)
    if ('problem' in read) {
      return app.console.redirect(reply, session, path, { ...read, status: 400 })
    }
    // How a client authenticates stays: another method needs a secret, which is shown once.
    const { token_endpoint_auth_method: _method, ...change } = read.metadata
    await changeClient(app.db, client.client_id, change, auditorOf(request, session))
    return app.console.redirect(reply, session, path, { notice: texts.saved })
  })
}

function addSecretRotation(app: FastifyInstance): void {
  app.post<ClientPath>('/:client_id/rotate', async (request, reply) => {
    const { session, client } = await requireClientForm(app, request, request.params.client_id)
    const overlap = Number(formOf(request).get('overlap') ?? 0)
    const seconds = allowedOverlaps.includes(overlap) ? overlap : 0
    const audit = auditorOf(request, session)
    const secret = await replaceClientSecret(app.db, client.client_id, seconds, audit)
    const texts = request.texts.clients
    const path = clientPath(client.client_id)
    if (secret === undefined) {
      const problem = { form: 'client', text: texts.noSecret }
      return app.console.redirect(reply, session, path, { problem, status: 409 })
    }
    return app.console.redirect(reply, session, path, {
      notice: texts.rotated(seconds > 0),
      shownSecret: { label: texts.secret, value: secret }
    })
  })
}

function addSwitches(app: FastifyInstance): void {
  for (const action of ['disable', 'enable'] as const) {
    app.post<ClientPath>(`/:client_id/${action}`, async (request, reply) => {
      const { session, client } = await requireClientForm(app, request, request.params.client_id)
      const disabledAt = action === 'disable' ? (client.disabled_at ?? new Date()) : null
      const change = { disabled_at: disabledAt }
      await changeClient(app.db, client.client_id, change, auditorOf(request, session))
      const texts = request.texts.clients
      const notice = action === 'disable' ? texts.isDisabled : texts.isEnabled
      return app.console.redirect(reply, session, clientPath(client.client_id), { notice })
    })
  }
}

function addDeletion(app: FastifyInstance): void {
  app.get<ClientPath>('/:client_id/delete', async (request, reply) => {
    const session = await app.console.requireAdministrator(request)
    app.auth.requireRecent(request, session)
    const client = await requireClient(app, request, request.params.client_id)
    const grants = await countLiveGrants(app.db, client.client_id)
    const texts = request.texts.clients
    const path = clientPath(client.client_id)
    return app.console.show(request, reply, session, 'confirm-action', {
      title: texts.deleteTitle(client.client_name),
      points: [texts.deleteGrants(grants), texts.deleteStay],
      action: `${path}/delete`,
      fields: [],
      button: request.texts.common.delete,
      back: path
    })
  })

  app.post<ClientPath>('/:client_id/delete', async (request, reply) => {
    const { session, client } = await requireClientForm(app, request, request.params.client_id)
    const removed = await removeClient(app.db, client.client_id, auditorOf(request, session))
    if (!removed) throw unknownClient(request)
    const notice = request.texts.clients.deleted(removed.client_name, removed.grants)
    return app.console.redirect(reply, session, '/admin/clients', { notice })
  })
}

async function requireClientForm(
  app: FastifyInstance,
  request: FastifyRequest,
  clientId: string
): Promise<{ session: Session; client: Client }> {
  const session = await app.console.requireAdministratorForm(request)
  const client = await requireClient(app, request, clientId)
  app.auth.requireRecent(request, session, clientPath(client.client_id))
  return { session, client }
}

async function requireClient(
  { db }: FastifyInstance,
  request: FastifyRequest,
  clientId: string
): Promise<Client> {
  const client = clientId.includes('\0') ? undefined : await findClient(db, clientId)
  if (!client) throw unknownClient(request)
  return client
}

function withoutHashes({
  client_secret_hash: _secret,
  registration_token_hash: _token,
  ...client
}: Client): Omit<Client, 'client_secret_hash' | 'registration_token_hash'> {
  return client
}

export function clientPath(clientId: string): string {
  return `/admin/clients/${encodeURIComponent(clientId)}`
}

function unknownClient({ texts }: FastifyRequest): PageError {
  return new PageError(404, texts.clients.unknown, texts.clients.unknownText, {
    reason: 'unknown_client',
    link: { href: '/admin/clients', text: texts.clients.title }
  })
}
