import { OAuthError } from '../../../lib/errors.ts'

export type MetadataMembers = Record<string, unknown>

export function invalidMetadata(
  description: string,
  reason: string,
  error = 'invalid_client_metadata'
): OAuthError {
  return new OAuthError(error, description, { reason })
}

/** The database takes neither a NUL nor half of a surrogate pair. */
function isStorable(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text)
}

export function readText(
  members: MetadataMembers,
  name: string,
  maxCharacters = 200
): string | null {
  const value = members[name] ?? ''
  if (typeof value !== 'string' || !isStorable(value)) {
    throw invalidMetadata(`${name} must be text.`, 'metadata_malformed')
  }
  if (value.length > maxCharacters) {
    throw invalidMetadata(
      `${name} is longer than ${maxCharacters} characters.`,
      'metadata_too_long'
    )
  }
  return value === '' ? null : value
}

export function readBoolean(members: MetadataMembers, name: string): boolean {
  const value = members[name] || false
  if (typeof value !== 'boolean') {
    throw invalidMetadata(`${name} must be true or false.`, 'metadata_malformed')
  }
  return value
}

export function readList(members: MetadataMembers, name: string, error?: string): string[] {
  const value = members[name] ?? []
  if (
    !Array.isArray(value) ||
    !value.every((item) => typeof item === 'string' && isStorable(item))
  ) {
    throw invalidMetadata(`${name} must be an array of text.`, 'metadata_malformed', error)
  }
  return [...new Set(value as string[])]
}

/** Text for display only: an unusable one is left out, so that the registration succeeds. */
export function readDecoration(
  members: MetadataMembers,
  name: string,
  maxCharacters = 200
): string | null {
  const value = members[name]
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' && text.length <= maxCharacters && isStorable(text)
    ? text
    : null
}

/** A link for people, which must be https: http, data: and relative links are left out. */
export function readLink(members: MetadataMembers, name: string): string | null {
  const uri = readDecoration(members, name, 2000)
  return uri !== null && isHttpsUri(uri) ? uri : null
}

/** https, without user information or white space. */
function isHttpsUri(uri: string): boolean {
  if (!URL.canParse(uri) || /\s/.test(uri)) return false
  const { protocol, username, password } = new URL(uri)
  return protocol === 'https:' && !username && !password
}

/** An address that this server fetches. */
export function readHttpsUri(members: MetadataMembers, name: string): string | null {
  const uri = readText(members, name, 2000)
  if (uri !== null && !isHttpsUri(uri)) {
    throw invalidMetadata(`${name} must be an https URL.`, 'metadata_uri_not_https')
  }
  return uri
}
