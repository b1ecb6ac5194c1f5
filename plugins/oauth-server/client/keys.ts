import type { FastifyInstance } from 'fastify'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Client } from '../../../db/oauth/clients.ts'
import { FetchGovernor } from '../../guarded-fetch/fetch-governor.ts'

const MAX_BYTES = 65_536
const TIMEOUT_MS = 5000
/**
 * Keys are used for ten minutes, and for a day while their address cannot be read; it is asked once
 * in 30 seconds at most, whatever came of it.
 */
const FRESH_MS = 600_000
const LONGEST_MS = 86_400_000
const PAUSE_MS = 30_000
const MAX_ADDRESSES = 500

const governor = new FetchGovernor({ perHost: 4, atOnce: 16, perMinute: 120 })
/**
 * For clients that registered themselves and that nobody approved yet: they use up none of the
 * others' share.
 */
const strangersGovernor = new FetchGovernor({ perHost: 2, atOnce: 4, perMinute: 20 })
const addresses = new Map<string, KeyAddress>()

/** The keys of a client cannot be had at this moment. */
export class KeysUnavailable extends Error {}

/**
 * The public keys of a client: those of its row, or those at its jwks_uri; undefined when it has
 * none. What is returned throws KeysUnavailable.
 */
export function keysOf(app: FastifyInstance, client: Client): JWTVerifyGetKey | undefined {
  const { jwks, jwks_uri: uri } = client
  const isStranger = client.registration !== 'operator' && client.last_used_at === null
  if (jwks) return createLocalJWKSet(jwks as unknown as JSONWebKeySet)
  if (uri === null) return undefined
  const name = `${app.publicUrl} ${uri}` // whichever clients name it
  const address = addresses.get(name) ?? new KeyAddress(app, uri)
  addresses.delete(name)
  addresses.set(name, address)
  if (addresses.size > MAX_ADDRESSES) addresses.delete(addresses.keys().next().value!)
  return async (header, token) => {
    try {
      return await (
        await address.keys(FRESH_MS, isStranger)
      )(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      return (await address.keys(0, isStranger))(header, token) // the client may have made a new one
    }
  }
}

class KeyAddress {
  readonly #app: FastifyInstance
  readonly #uri: string
  #keys: JWTVerifyGetKey | undefined
  #fetchedAt = 0
  #askedAt = 0
  #asking: Promise<void> | undefined
  constructor(app: FastifyInstance, uri: string) {
    this.#app = app
    this.#uri = uri
  }

  async keys(maxAgeMs: number, isStranger: boolean): Promise<JWTVerifyGetKey> {
    if (Date.now() - this.#fetchedAt > maxAgeMs) await this.#ask(isStranger)
    if (this.#keys && Date.now() - this.#fetchedAt < LONGEST_MS) return this.#keys
    throw new KeysUnavailable()
  }

  /** Whoever comes meanwhile waits for the same answer. */
  #ask(isStranger: boolean): Promise<void> {
    if (!this.#asking && Date.now() - this.#askedAt > PAUSE_MS) {
      this.#askedAt = Date.now()
      this.#asking = this.#fetch(isStranger ? strangersGovernor : governor).finally(() => {
        this.#asking = undefined
      })
    }
    return this.#asking ?? Promise.resolve()
  }

  async #fetch(bounds: FetchGovernor): Promise<void> {
    try {
      const answer = await bounds.run(new URL(this.#uri).host, () =>
        this.#app.guardedFetch(this.#uri, {
          maxBytes: MAX_BYTES,
          timeoutMs: TIMEOUT_MS,
          headers: { accept: 'application/json' }
        })
      )
      if (answer?.status !== 200) {
        throw new KeysUnavailable(
          answer ? `status ${answer.status}` : 'too many fetches at this moment'
        )
      }
      this.#keys = createLocalJWKSet(JSON.parse(answer.body.toString()) as JSONWebKeySet)
      this.#fetchedAt = Date.now()
    } catch (error) {
      this.#app.log.warn(
        { jwks_uri: this.#uri, said: (error as Error).message },
        'keys of a client unavailable'
      )
    }
  }
}
