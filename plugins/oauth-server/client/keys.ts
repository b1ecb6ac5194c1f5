import type { FastifyInstance } from 'fastify'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Client } from '../../../db/oauth/clients.ts'
import { FetchGovernor } from '../../guarded-fetch/fetch-governor.ts'

const MAX_BYTES = 65_536
const TIMEOUT_MS = 5000
/** Keys count for ten minutes, and for a day while their address cannot be read. */
const FRESH_MS = 600_000
const MAX_AGE_MS = 86_400_000
/** An address is read once in this time at most, whether that succeeds or not. */
const PAUSE_MS = 30_000
const MAX_ADDRESSES = 500

const fetchGovernor = new FetchGovernor({ perHost: 4, atOnce: 16, perMinute: 120 })
/** For self-registered clients without an approval: they take nothing of the others' share. */
const strangersGovernor = new FetchGovernor({ perHost: 2, atOnce: 4, perMinute: 20 })
const keyAddresses = new Map<string, KeyAddress>()

/** The keys of a client cannot be read at the moment. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError'
}

/**
 * The public keys of a client: those of its row, or those at its jwks_uri; undefined when it has
 * none. The returned function throws KeysUnavailableError.
 */
export function clientKeys(app: FastifyInstance, client: Client): JWTVerifyGetKey | undefined {
  const { jwks, jwks_uri } = client
  const isStranger = client.registration !== 'operator' && client.last_used_at === null
  if (jwks) return createLocalJWKSet(jwks as unknown as JSONWebKeySet)
  if (jwks_uri === null) return undefined
  const keyAddress = sharedAddress(app, jwks_uri)
  return async (header, token) => {
    try {
      const currentKeys = await keyAddress.readKeys(FRESH_MS, isStranger)
      return await currentKeys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      // The client may have a new key since the last fetch.
      const newestKeys = await keyAddress.readKeys(0, isStranger)
      return newestKeys(header, token)
    }
  }
}

/** One entry for each address, whichever clients name it. The least recently used one goes. */
function sharedAddress(app: FastifyInstance, jwksUri: string): KeyAddress {
  const addressKey = `${app.publicUrl} ${jwksUri}`
  const keyAddress = keyAddresses.get(addressKey) ?? new KeyAddress(app, jwksUri)
  keyAddresses.delete(addressKey)
  keyAddresses.set(addressKey, keyAddress)
  if (keyAddresses.size > MAX_ADDRESSES) keyAddresses.delete(keyAddresses.keys().next().value!)
  return keyAddress
}

class KeyAddress {
  readonly #app: FastifyInstance
  readonly #uri: string
  #keys: JWTVerifyGetKey | undefined
  #fetchedAt = 0
  #triedAt = 0
  #pendingFetch: Promise<void> | undefined
  constructor(app: FastifyInstance, uri: string) {
    this.#app = app
    this.#uri = uri
  }

  async readKeys(maxAgeMs: number, isStranger: boolean): Promise<JWTVerifyGetKey> {
    if (Date.now() - this.#fetchedAt > maxAgeMs) await this.#refresh(isStranger)
    if (this.#keys && Date.now() - this.#fetchedAt < MAX_AGE_MS) return this.#keys
    throw new KeysUnavailableError()
  }

  /** Concurrent callers wait for the same fetch. */
  #refresh(isStranger: boolean): Promise<void> {
    if (!this.#pendingFetch && Date.now() - this.#triedAt > PAUSE_MS) {
      this.#triedAt = Date.now()
      const governor = isStranger ? strangersGovernor : fetchGovernor
      this.#pendingFetch = this.#fetchKeys(governor).finally(() => {
        this.#pendingFetch = undefined
      })
    }
    return this.#pendingFetch ?? Promise.resolve()
  }

  async #fetchKeys(governor: FetchGovernor): Promise<void> {
    try {
      const response = await governor.run(new URL(this.#uri).host, () =>
        this.#app.guardedFetch(this.#uri, {
          maxBytes: MAX_BYTES,
          timeoutMs: TIMEOUT_MS,
          headers: { accept: 'application/json' }
        })
      )
      if (response?.status !== 200) {
        throw new KeysUnavailableError(
          response ? `status ${response.status}` : 'too many fetches at this moment'
        )
      }
      this.#keys = createLocalJWKSet(JSON.parse(response.body.toString()) as JSONWebKeySet)
      this.#fetchedAt = Date.now()
    } catch (error) {
      this.#app.log.warn(
        { jwks_uri: this.#uri, errorMessage: (error as Error).message },
        'keys of a client unavailable'
      )
    }
  }
}
