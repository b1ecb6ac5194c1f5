import type { JwkSet } from '../../../db/schema/index.ts'

const MAX_KEYS = 20
const MAX_CHARACTERS = 4096
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
/** What makes a public key of each kind (RFC 7518 §6, RFC 8037 §2). */
const publicMembers = new Map<unknown, string[]>([
  ['RSA', ['n', 'e']],
  ['EC', ['crv', 'x', 'y']],
  ['OKP', ['crv', 'x']]
])
const describingMembers = ['kid', 'alg', 'use']

/**
 * The public keys of a JWK Set (RFC 7517 §5), with their known members; a text that says what is
 * wrong when it cannot be used.
 */
export function readJwkSet(jwkSet: unknown): JwkSet | string {
  const isSet = typeof jwkSet === 'object' && jwkSet !== null && 'keys' in jwkSet
  const keys = isSet ? jwkSet.keys : undefined
  if (!Array.isArray(keys) || keys.length === 0) return 'it has no keys'
  if (keys.length > MAX_KEYS) return `it has more than ${MAX_KEYS} keys`
  const publicKeys: JwkSet['keys'] = []
  for (const key of keys as unknown[]) {
    const publicKey = readPublicKey(key)
    if (typeof publicKey === 'string') return publicKey
    publicKeys.push(publicKey)
  }
  return { keys: publicKeys }
}

function readPublicKey(key: unknown): JwkSet['keys'][number] | string {
  if (typeof key !== 'object' || key === null) return 'a key is not a JSON object'
  const jwk = key as Record<string, unknown>
  if (privateMembers.some((name) => name in jwk) || jwk['kty'] === 'oct') {
    return 'a key is private or symmetric'
  }
  const requiredMembers = publicMembers.get(jwk['kty'])
  if (!requiredMembers?.every((name) => isStorableMember(jwk[name]))) {
    return 'a key is incomplete, or of an unknown kind'
  }
  const describing = describingMembers.filter((name) => isStorableMember(jwk[name]))
  const keptMembers = ['kty', ...requiredMembers, ...describing]
  return Object.fromEntries(keptMembers.map((name) => [name, jwk[name]]))
}

/** Base64url, and the names that go with keys: nothing that the database refuses. */
function isStorableMember(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_CHARACTERS && /^[\x20-\x7e]+$/.test(value)
}
