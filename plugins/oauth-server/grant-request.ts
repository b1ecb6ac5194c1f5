import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Client } from '../../db/oauth-clients.ts'
import type { Parameters } from '../form-parameters.ts'

/** What a grant of the token endpoint works on: well-formed, and the client authenticated as it may. */
export interface GrantRequest {
  app: FastifyInstance
  request: FastifyRequest
  reply: FastifyReply
  client: Client
  /** By a secret or an assertion. A client that may come without either is not proven when it did. */
  proven: boolean
  form: Parameters
}

/** RFC 6749 §5.1; `expires_in` in seconds. */
export interface TokenResponse {
  access_token: string
  token_type: 'Bearer'
  expires_in: number
  refresh_token?: string
  scope: string
}
