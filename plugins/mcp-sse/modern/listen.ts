import type { FastifyReply } from 'fastify'
import type { Credential } from '../../auth/index.ts'
import { EventBody } from '../event-body.ts'
import { INTERNAL_ERROR, notificationText, resultText, type RpcParams } from '../messages.ts'
import type { McpService } from '../methods/method-call.ts'
import { objectParam } from '../methods/params.ts'
import { serverCapabilities } from '../methods/server-info.ts'
import type { ListKind, OpenStream } from '../stream-registry.ts'
import { metaKeys, type ModernRequest } from './classify.ts'
import { stampResult } from './stamp.ts'

const METHOD = 'subscriptions/listen'
const listKinds: readonly ListKind[] = ['tools', 'prompts', 'resources']

/**
 * A stream of the changes that a client wants to hear of. It replaces the GET of older revisions,
 * and ends with the credential or with the service, both times with a result.
 */
class Subscription implements OpenStream {
  readonly body = new EventBody()
  credential: Credential
  readonly #id: ModernRequest['id']
  readonly #kinds: readonly ListKind[]

  constructor(id: ModernRequest['id'], kinds: readonly ListKind[], credential: Credential) {
    this.#id = id
    this.#kinds = kinds
    this.credential = credential
    const notifications = Object.fromEntries(kinds.map((kind) => [`${kind}ListChanged`, true]))
    this.#notify('subscriptions/acknowledged', { notifications })
  }

  announce(kind: ListKind): void {
    if (this.#kinds.includes(kind)) this.#notify(`${kind}/list_changed`)
  }

  farewell(): void {
    const result = stampResult(METHOD, { _meta: this.#tag })
    this.body.message(resultText(this.#id, result))
  }

  #notify(name: string, params: object = {}): void {
    this.body.message(notificationText(`notifications/${name}`, { _meta: this.#tag, ...params }))
  }

  get #tag(): object {
    return { [metaKeys.subscriptionId]: this.#id }
  }
}

/**
 * Answers `subscriptions/listen`. What the server does not announce is left out of the
 * acknowledgement, and a stream of nothing ends at once. Throws RpcError 400, 429 or 503.
 */
export async function listen(
  mcp: McpService,
  reply: FastifyReply,
  credential: Credential,
  { id, params }: ModernRequest
): Promise<FastifyReply> {
  const kinds = honouredKinds(mcp, objectParam(params, 'notifications'))
  // Known before the acknowledgement: the client must hear of every change after it.
  const toolList = await mcp.streams.findChoice(credential)
  mcp.streams.requireFreePlace(credential, INTERNAL_ERROR)
  const subscription = new Subscription(id, kinds, credential)
  mcp.streams.send(reply, subscription, toolList)
  if (kinds.length === 0) mcp.streams.end(subscription)
  return reply
}

function honouredKinds(mcp: McpService, notifications: RpcParams): ListKind[] {
  const capabilities = serverCapabilities(mcp)
  return listKinds.filter(
    (kind) =>
      notifications[`${kind}ListChanged`] === true && capabilities[kind]?.['listChanged'] === true
  )
}
