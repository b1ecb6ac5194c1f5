import { createInterface } from 'node:readline'
import { InvalidArgumentError } from 'commander'
import { findEmailFault } from '../lib/email-addresses.ts'
import { findPasswordFault } from '../lib/password-policy.ts'
import { redirectUriFault } from '../plugins/oauth-server/authorize/redirect-uri.ts'
import { normalizeName } from '../lib/names.ts'
import { scopesSupported, scopeValues } from '../tools/scopes.ts'
import { parseInstant } from '../domain/time/instant.ts'
import { timezoneFault, canonicalTimezone } from '../domain/time/zone.ts'
import { terminal } from './terminal.ts'
import { catalogues } from '../views/texts/index.ts'

/**
 * The command cannot do its work. The message is one line: the reason, and what to do. Exit code 1.
 */
export class CommandRefusedError extends Error {
  override name = 'CommandRefusedError'
}

/** Returns a parser of whole numbers within the limits. The parser throws InvalidArgumentError. */
export function wholeNumberParser(minimum: number, maximum: number) {
  return (text: string): number => {
    const wholeNumber = /^\d{1,9}$/.test(text) ? Number(text) : NaN
    if (!(wholeNumber >= minimum && wholeNumber <= maximum)) {
      throw new InvalidArgumentError(`Give a whole number from ${minimum} to ${maximum}.`)
    }
    return wholeNumber
  }
}

/** Parses hours or days, from 1h to 90d, into seconds. Throws InvalidArgumentError. */
export function parseDurationSeconds(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,3})([hd])$/.exec(text) ?? []
  const hourCount = Number(count) * (unit === 'd' ? 24 : 1)
  if (!(hourCount <= 90 * 24)) {
    throw new InvalidArgumentError('Give hours or days, 90d at most, like 24h or 7d.')
  }
  return hourCount * 3600
}

/** Collects the values of an option that can be repeated. */
export function appendValue(value: string, previousValues: string[] = []): string[] {
  return [...previousValues, value]
}

/** Collects namespaces. Throws CommandRefusedError for an empty name. */
export function appendNamespace(text: string, previousNames: string[] = []): string[] {
  return [...new Set([...previousNames, nameParser(128)(text)])]
}

/** Parses the email address of a new account. Throws CommandRefusedError. */
export function parseNewEmail(text: string): string {
  const emailFault = findEmailFault(text)
  if (emailFault) {
    const faultText = catalogues.en.typed.email[emailFault]
    throw new CommandRefusedError(`${quoteText(text)} is not a valid email address. ${faultText}`)
  }
  return text.trim()
}

/**
 * Parses the email address of an existing account. Older rules may have accepted it, so this one
 * is lenient. Throws CommandRefusedError.
 */
export function parseEmail(text: string): string {
  const trimmedEmail = text.trim()
  if (!/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(trimmedEmail) || trimmedEmail.length > 320) {
    throw new CommandRefusedError(
      `${quoteText(text)} is not a valid email address. Give one like ada@example.com.`
    )
  }
  return trimmedEmail
}

/** Returns a parser of display names. The parser throws CommandRefusedError. */
export function nameParser(maxLength: number) {
  return (text: string): string => {
    const normalizedName = normalizeName(text)
    if (normalizedName === '' || normalizedName.length > maxLength) {
      throw new CommandRefusedError(`Give a name of 1 to ${maxLength} characters.`)
    }
    return normalizedName
  }
}

/** Parses scope values and drops duplicates. Throws CommandRefusedError for unknown values. */
export function parseScope(text: string): string {
  const requestedValues = scopeValues(text)
  const unknownValues = requestedValues.filter((value) => !scopesSupported.includes(value))
  const knownScopes = `The scope values are: ${scopesSupported.join(' ')}.`
  if (unknownValues.length > 0) {
    throw new CommandRefusedError(
      `There is no scope ${quoteText(unknownValues.join(' '))}. ${knownScopes}`
    )
  }
  if (requestedValues.length === 0) {
    throw new CommandRefusedError(`The scope is empty. ${knownScopes}`)
  }
  return requestedValues.join(' ')
}

const unitMs = { m: 60_000, h: 3600_000, d: 86_400_000 }

/**
 * Parses a time: ISO 8601 (UTC without an offset), or minutes, hours or days ago, such as 90m, 24h
 * or 7d. Throws CommandRefusedError.
 */
export function parseTime(text: string): Date {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text.trim()) ?? []
  if (count && unit) {
    return new Date(Date.now() - Number(count) * unitMs[unit as keyof typeof unitMs])
  }
  try {
    const parsedTime = parseInstant('time', text.trim())
    if (parsedTime) return parsedTime
  } catch {} // The error below also names the relative times.
  throw new CommandRefusedError(
    `${quoteText(text)} is not a valid time. Give one like 2026-01-31T09:00:00Z or 2026-01-31, ` +
      'or how long ago, like 90m, 24h or 7d.'
  )
}

/** Parses the IANA name of a time zone into its usual spelling. Throws CommandRefusedError. */
export function parseTimezone(text: string): string {
  const canonicalName = canonicalTimezone(text)
  if (!canonicalName) throw new CommandRefusedError(timezoneFault(text))
  return canonicalName
}

/** Collects redirect URIs that a client may register. Throws CommandRefusedError. */
export function appendRedirectUri(uri: string, previousUris: string[] = []): string[] {
  const uriFault = redirectUriFault(uri)
  if (uriFault) {
    throw new CommandRefusedError(
      `The redirect URI ${quoteText(uri)} cannot be registered: ${uriFault}.`
    )
  }
  return appendValue(uri, previousUris)
}

/**
 * Parses the ID of a new client. It allows only characters that URLs, forms and Basic credentials
 * carry unchanged. Throws CommandRefusedError.
 */
export function parseNewClientId(id: string): string {
  if (!/^[A-Za-z0-9][\w.~-]{0,199}$/.test(id)) {
    throw new CommandRefusedError(
      `${quoteText(id)} cannot be a client id. Use up to 200 letters, digits and . _ ~ - ` +
        'and begin with a letter or a digit.'
    )
  }
  return id
}

/**
 * Reads a password from the first line of standard input. Throws CommandRefusedError when the
 * policy refuses it for a user with these personal words (email address, name).
 */
export async function readStdinPassword(personalWords: string[]): Promise<string> {
  const { stdin } = terminal()
  const inputLines = createInterface({ input: stdin })
  const { value: password = '' }: { value?: string } =
    await inputLines[Symbol.asyncIterator]().next()
  inputLines.close()
  stdin.destroy() // The process would otherwise wait for the end of the input.
  if (password.includes('\ufffd')) {
    throw new CommandRefusedError(
      'The password is not UTF-8, so you could not type it at sign-in. ' +
        'Set the terminal or the script to UTF-8.'
    )
  }
  const passwordFault = await findPasswordFault(password, personalWords)
  if (passwordFault) {
    throw new CommandRefusedError(
      `${catalogues.en.typed.password[passwordFault]} The password is the first line of standard input.`
    )
  }
  return password
}

/** Quotes what the user typed, shortened to fit into one line. */
export function quoteText(text: string): string {
  return `"${text.length > 100 ? `${text.slice(0, 100)}...` : text}"`
}
