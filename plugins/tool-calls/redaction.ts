/**
 * Characters of a text, members of a list or object, levels, and characters of all arguments
 * together that are kept of a call.
 */
const TEXT = 200
const MEMBERS = 20
const DEPTH = 4
const WHOLE = 2000
/** A text is searched for secrets this far; no more than its beginning is kept anyway. */
const SEARCHED = 2000

const HIDDEN = '[redacted]'

/** Names of what should not be written down. */
const secretName =
  /pass(word|wd|phrase|code)|(^|[^a-z])pass($|[^a-z])|secret|token($|[^a-z])|(api|access|private|signing|encryption)[_-]?key|credential|authorization|cookie|bearer|otp($|[^a-z])|(^|[^a-z])pin($|[^a-z])/i

/**
 * What secrets look like, wherever they stand. None may look far back from each place: a call can
 * bring thousands of texts.
 */
const secrets = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/g,
  /\b(?:kg[a-z]_|kagura_)[\w-]{16,}/g, // ours
  /\b(?:sk|pk|rk)[-_](?:live[-_]|test[-_]|proj-|ant-)?[\w-]{16,}/g,
  /\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abeprs]-[\w-]{10,}|\bAIza[\w-]{30,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bnpm_\w{30,}|\bhf_\w{20,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, // JWT
  /\b(?:bearer|basic)\s+[\w.~+/=-]{12,}/gi,
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g, // the password in a URL
  /(?<=\b(?:pass(?:word|wd|phrase|code)?|secret|token|(?:api|access|private)[ _-]?key|pin)["']?\s{0,9}(?:is|was|[:=])\s{0,9}["']?)[^\s"',;]{3,}/gi
]

/**
 * The arguments of a call as they may be kept: long values cut, secrets taken out. Never throws,
 * whatever it is given.
 */
export function redacted(args: unknown): Record<string, unknown> {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return {}
  const { user_id: _, ...asked } = args as Record<string, unknown> // ignored by every tool
  const kept = redactedMembers(asked, 1)
  if (JSON.stringify(kept).length <= WHOLE) return kept
  // The names of all, and what is short.
  return Object.fromEntries(
    Object.entries(kept)
      .map(([name, value]) => [name, JSON.stringify(value).length <= TEXT ? value : '…'])
      .slice(0, MEMBERS)
  )
}

/** A text for people, cut and without secrets. */
export function redactedText(text: string, length = TEXT): string {
  let part = text
    .slice(0, SEARCHED)
    .replaceAll('\0', '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
  for (const secret of secrets) part = part.replace(secret, HIDDEN)
  const beginning = part.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')
  const left = text.length - beginning.length
  return part.length > length || text.length > SEARCHED
    ? `${beginning}… (${left} more characters)`
    : beginning
}

function redactedMembers(value: Record<string, unknown>, depth: number): Record<string, unknown> {
  const members = Object.entries(value)
  // What is stored under a telling key is as secret as its key says.
  const telling = typeof value['key'] === 'string' && secretName.test(value['key'])
  const kept = members
    .slice(0, MEMBERS)
    .map(([name, member]) => [
      redactedText(name, 64),
      isSecret(name, member, telling) ? HIDDEN : redactedValue(member, depth)
    ])
  if (members.length > MEMBERS) kept.push(['…', members.length - MEMBERS])
  return Object.fromEntries(kept) as Record<string, unknown>
}

function isSecret(name: string, member: unknown, telling: boolean): boolean {
  if (
    typeof member === 'boolean' ||
    member === null ||
    (typeof member === 'number' && /token/i.test(name))
  ) {
    return false
  } // a budget of tokens is no secret
  return secretName.test(name) || (telling && ['value', 'content', 'metadata'].includes(name))
}

function redactedValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactedText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEPTH) return '…'
  if (!Array.isArray(value)) return redactedMembers(value as Record<string, unknown>, depth + 1)
  const kept = value.slice(0, MEMBERS).map((item) => redactedValue(item, depth + 1))
  return value.length > MEMBERS ? [...kept, `… (${value.length - MEMBERS} more)`] : kept
}
