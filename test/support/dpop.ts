import { createHash, randomUUID } from 'node:crypto'
import {
  calculateJwkThumbprint,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT
} from 'jose'

/** Deviations of a proof from a correct one. A claim of undefined is left out. */
export interface Otherwise {
  claims?: JWTPayload & Record<string, unknown>
  header?: Partial<JWTHeaderParameters>
  key?: CryptoKey
}

/**
 * A client's key and its latest nonce, after RFC 9449. It shares no code with the server that it
 * tests.
 */
export class DpopKey {
  nonce: string | undefined
  readonly jkt: string
  readonly jwk: JWK
  readonly #privateKey: CryptoKey
  constructor(jwk: JWK, privateKey: CryptoKey, jkt: string) {
    this.jwk = jwk
    this.jkt = jkt
    this.#privateKey = privateKey
  }

  static async generate(): Promise<DpopKey> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(publicKey)
    return new DpopKey(jwk, privateKey, await calculateJwkThumbprint(jwk))
  }

  /** A key with a nonce. The server returns one for any proof. */
  static async withNonce(url: string): Promise<DpopKey> {
    const key = await DpopKey.generate()
    key.took(await fetch(`${url}/api/v1/tools`, { headers: { dpop: 'x' } }))
    return key
  }

  /** Signs a proof for one request and its access token (RFC 9449 §4.2). */
  proof(
    method: string,
    url: string,
    accessToken?: unknown,
    { claims = {}, header = {}, key = this.#privateKey }: Otherwise = {}
  ): Promise<string> {
    const ath =
      accessToken === undefined
        ? {}
        : { ath: createHash('sha256').update(String(accessToken)).digest('base64url') }
    const payload = {
      jti: randomUUID(),
      htm: method,
      htu: url,
      iat: Math.floor(Date.now() / 1000),
      nonce: this.nonce,
      ...ath,
      ...claims
    }
    return new SignJWT(payload)
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: this.jwk, ...header })
      .sign(key)
  }

  /** The header of a token request. */
  async header(url: string, otherwise?: Otherwise): Promise<{ dpop: string }> {
    return { dpop: await this.proof('POST', `${url}/api/v1/oauth/token`, undefined, otherwise) }
  }

  /** The headers of a request to the resource. */
  async headers(
    method: string,
    url: string,
    accessToken: unknown,
    otherwise?: Otherwise
  ): Promise<{ authorization: string; dpop: string }> {
    return {
      authorization: `DPoP ${String(accessToken)}`,
      dpop: await this.proof(method, url, accessToken, otherwise)
    }
  }

  /** Keeps the nonce of an answer, as clients do; returns the answer. */
  took<A extends { headers: Headers }>(answer: A): A {
    this.nonce = answer.headers.get('dpop-nonce') ?? this.nonce
    return answer
  }
}
