import type { FastifyInstance } from 'fastify'
import { type Client, findClient } from '../../db/oauth-clients.ts'

/** The client of that client_id, however it came to be registered; undefined when there is none. */
export async function resolveClient (app: FastifyInstance, clientId: string): Promise<Client | undefined> {
  return findClient(app.db, clientId)
}
