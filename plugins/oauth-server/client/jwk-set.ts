import type { JwkSet } from '../../../db/schema/index.ts'

const MAX_KEYS = 20
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
/** What makes a public key of each kind (RFC 7518 §6, RFC 8037 §2). */
const publicMembers = new Map<unknown, string[]>([
  ['RSA', ['n', 'e']],
  ['EC', ['crv', 'x', 'y']],
  ['OKP', ['crv', 'x']]
])
const descriptions = ['kid', 'alg', 'use']

/**
 * The public keys of a JWK Set (RFC 7517 §5), with the members that we know; a text that says what
 * is wrong when it is none.
 */
export function readJwkSet(set: unknown): JwkSet | string {
  const keys = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined
  if (!Array.isArray(keys) || keys.length === 0) return 'it has no keys'
  if (keys.length > MAX_KEYS) return `it has more than ${MAX_KEYS} keys`
  const read: JwkSet['keys'] = []
  for (const key of keys as unknown[]) {
    if (typeof key !== 'object' || key === null) return 'a key is no JSON object'
    const given = key as Record<string, unknown>
    if (privateMembers.some((name) => name in given) || given['kty'] === 'oct') {
      return 'a key is private or symmetric'
    }
    const required = publicMembers.get(given['kty'])
    if (!required?.every((name) => isToken(given[name]))) {
      return 'a key is not complete, or of a kind that is not known'
    }
    const members = ['kty', ...required, ...descriptions.filter((name) => isToken(given[name]))]
    read.push(Object.fromEntries(members.map((name) => [name, given[name]])))
  }
  return { keys: read }
}

/** Base64url, and the names that go with keys: never anything that a database refuses. */
function isToken(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 4096 && /^[\x20-\x7e]+$/.test(value)
}
