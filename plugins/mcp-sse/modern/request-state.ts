import { createHash } from 'node:crypto'
import type { Credential } from '../../auth/index.ts'
import { InputExchange } from '../methods/input.ts'
import type { McpService } from '../methods/method-call.ts'
import { invalidParams, optionalObject } from '../methods/params.ts'
import { isObject } from '../messages.ts'
import type { ModernRequest } from './classify.ts'

const STATE_SECONDS = 600
const PURPOSE = 'mcp-input'
/** The methods that may ask something before their result. */
const askingMethods: readonly string[] = ['tools/call', 'prompts/get', 'resources/read']

/** What a state is bound to. A state for another call, or of another app, does not count. */
interface SealedState {
  call: string
  data?: string
}

/**
 * The answers that a repeated call brings; undefined for a method that asks nothing. They count only
 * with the state that this server sealed for the same call of the same app at most ten minutes ago.
 * Throws RpcError -32602 for any other state.
 */
export function readInput(
  { app }: McpService,
  message: ModernRequest,
  credential: Credential
): InputExchange | undefined {
  const { method, params, capabilities } = message
  if (!askingMethods.includes(method)) return undefined
  const sealedText = params['requestState']
  if (sealedText === undefined) return new InputExchange(capabilities, {}, undefined)
  const state =
    typeof sealedText === 'string'
      ? app.seal.verify<SealedState>(PURPOSE, sealedText, STATE_SECONDS)
      : undefined
  if (state?.call !== callDigest(message, credential)) {
    throw invalidParams(
      'Invalid params: requestState is not of this call, or is older than ten minutes. ' +
        'Send the request again without it.'
    )
  }
  return new InputExchange(capabilities, optionalObject(params, 'inputResponses'), state.data)
}

/** The state that goes with a question. Everybody can read it, and nobody can change it. */
export function sealState(
  { app }: McpService,
  message: ModernRequest,
  credential: Credential,
  data: string | undefined
): string {
  const state: SealedState = { call: callDigest(message, credential), ...(data && { data }) }
  return app.seal.sign(PURPOSE, state)
}

/** Names who calls what with which arguments. The access token is left out: it may be renewed. */
function callDigest(
  { method, params }: ModernRequest,
  { principal: { user_id: userId, source } }: Credential
): string {
  const { client_id: clientId, key_id: keyId } = source
  const { name, uri, arguments: args } = params
  const call = [userId, clientId ?? null, keyId ?? null, method, name ?? uri ?? null, args ?? null]
  return createHash('sha256').update(sortedJson(call)).digest('base64url')
}

/** JSON in which the order of members does not matter. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member
  )
}
