import { REDACTED, redactSecrets } from '../../lib/secret-patterns.ts'

/** What the history keeps of a call: characters of a text, members of a list or object, levels. */
const MAX_TEXT_LENGTH = 200
const MAX_MEMBERS = 20
const MAX_DEPTH = 4
const MAX_NAME_LENGTH = 64
/** Characters of all arguments together. */
const MAX_ARGUMENTS_LENGTH = 2000
/** The search for secrets ends here, since the history keeps only the beginning of a text. */
const MAX_SEARCHED_LENGTH = 2000

/** Names of members whose value is a secret. */
const secretName = new RegExp(
  String.raw`pass(word|wd|phrase|code)|(^|[^a-z])pass($|[^a-z])|secret|token($|[^a-z])|` +
    String.raw`(api|access|private|signing|encryption)[_-]?key|credential|authorization|cookie|` +
    String.raw`bearer|otp($|[^a-z])|(^|[^a-z])pin($|[^a-z])`,
  'i'
)

/**
 * The arguments of a call as the history may keep them: long values cut, secrets removed. Never
 * throws, whatever the client sent.
 */
export function redactArguments(args: unknown): Record<string, unknown> {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return {}
  const { user_id: _, ...toolArguments } = args as Record<string, unknown> // every tool ignores it
  const redacted = redactMembers(toolArguments, 1)
  if (JSON.stringify(redacted).length <= MAX_ARGUMENTS_LENGTH) return redacted
  // Keeps all names, and the short values.
  return Object.fromEntries(
    Object.entries(redacted)
      .map(([name, value]) => [name, JSON.stringify(value).length <= MAX_TEXT_LENGTH ? value : '…'])
      .slice(0, MAX_MEMBERS)
  )
}

/** A text for people, cut to `maxLength` characters and without secrets. */
export function redactText(text: string, maxLength = MAX_TEXT_LENGTH): string {
  const searchedText = redactSecrets(
    text
      .slice(0, MAX_SEARCHED_LENGTH)
      .replaceAll('\0', '')
      .replace(/\p{Surrogate}/gu, '\ufffd')
  )
  const keptText = searchedText.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '')
  return searchedText.length > maxLength || text.length > MAX_SEARCHED_LENGTH
    ? `${keptText}… (${text.length - keptText.length} more characters)`
    : keptText
}

function redactMembers(value: Record<string, unknown>, depth: number): Record<string, unknown> {
  const allMembers = Object.entries(value)
  // A memory whose key sounds like a secret, as "wifi password", holds one in its value.
  const hasSecretKey = typeof value['key'] === 'string' && secretName.test(value['key'])
  const keptMembers = allMembers
    .slice(0, MAX_MEMBERS)
    .map(([name, member]) => [
      redactText(name, MAX_NAME_LENGTH),
      isSecret(name, member, hasSecretKey) ? REDACTED : redactValue(member, depth)
    ])
  if (allMembers.length > MAX_MEMBERS) keptMembers.push(['…', allMembers.length - MAX_MEMBERS])
  return Object.fromEntries(keptMembers) as Record<string, unknown>
}

function isSecret(name: string, member: unknown, hasSecretKey: boolean): boolean {
  if (typeof member === 'boolean' || member === null) return false
  if (typeof member === 'number' && /token/i.test(name)) return false // a budget, as max_tokens
  return secretName.test(name) || (hasSecretKey && ['value', 'content', 'metadata'].includes(name))
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '…'
  if (!Array.isArray(value)) return redactMembers(value as Record<string, unknown>, depth + 1)
  const keptItems = value.slice(0, MAX_MEMBERS).map((item) => redactValue(item, depth + 1))
  return value.length > MAX_MEMBERS
    ? [...keptItems, `… (${value.length - MAX_MEMBERS} more)`]
    : keptItems
}
