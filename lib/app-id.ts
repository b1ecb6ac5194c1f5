import { createHash } from 'node:crypto'

const ID_LENGTH = 32
const keyIdPattern = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** The id of an app in URLs. A client_id can be a URL itself, which proxies would take apart. */
export function appIdOf(clientId: string): string {
  return createHash('sha256').update(clientId).digest('hex').slice(0, ID_LENGTH)
}

/** Whether an id in a URL can be that of an app or, otherwise, of an API key. */
export function isAppId(text: string): boolean {
  return /^[\da-f]{32}$/.test(text)
}

export function isKeyId(text: string): boolean {
  return keyIdPattern.test(text)
}
