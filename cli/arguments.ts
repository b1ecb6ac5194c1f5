import { createInterface } from 'node:readline'
import { InvalidArgumentError } from 'commander'
import { findEmailFault } from '../lib/email-addresses.ts'
import { findPasswordFault } from '../lib/password-policy.ts'
import { redirectUriFault } from '../plugins/oauth-server/authorize/redirect-uri.ts'
import { normalizeName as storedName } from '../lib/names.ts'
import { scopesSupported, scopeValues } from '../tools/scopes.ts'
import { parseInstant } from '../domain/time/instant.ts'
import { timezoneFault, canonicalTimezone } from '../domain/time/zone.ts'

/**
 * The command cannot do what was asked; the message is one line that says why and what to do. Exit
 * code 1.
 */
export class Refusal extends Error {}

/** A whole number within limits. Anything else is wrong usage. */
export function wholeNumber(minimum: number, maximum: number) {
  return (text: string): number => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN
    if (!(number >= minimum && number <= maximum)) {
      throw new InvalidArgumentError(`Give a whole number from ${minimum} to ${maximum}.`)
    }
    return number
  }
}

/** A time in hours or days, from one hour to 90 days, as seconds. Anything else is wrong usage. */
export function hoursOrDays(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,3})([hd])$/.exec(text) ?? []
  const hours = Number(count) * (unit === 'd' ? 24 : 1)
  if (!(hours <= 90 * 24)) {
    throw new InvalidArgumentError('Give hours or days, 90d at most, like 24h or 7d.')
  }
  return hours * 3600
}

/** An option that may be given several times. */
export function oneMore(value: string, before: string[] = []): string[] {
  return [...before, value]
}

/** An email address for a new account. Throws Refusal. */
export function newEmailAddress(text: string): string {
  const fault = findEmailFault(text)
  if (fault) {
    throw new Refusal(`${shown(text)} is not a valid email address. ${fault.split(' This is')[0]}`)
  }
  return text.trim()
}

/**
 * An email address to look an account up by, in whatever form it was once accepted. Throws Refusal.
 */
export function emailAddress(text: string): string {
  const email = text.trim()
  if (!/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(email) || email.length > 320) {
    throw new Refusal(`${shown(text)} is not a valid email address. Give one like ada@example.com.`)
  }
  return email
}

/** A name that people tell things apart by. Throws Refusal. */
export function nameOf(longest: number) {
  return (text: string): string => {
    const name = storedName(text)
    if (name === '' || name.length > longest) {
      throw new Refusal(`Give a name of 1 to ${longest} characters.`)
    }
    return name
  }
}

/** Scope values that exist, each once. Throws Refusal. */
export function scopeGiven(text: string): string {
  const values = scopeValues(text)
  const unknown = values.filter((value) => !scopesSupported.includes(value))
  const known = `The scope values are: ${scopesSupported.join(' ')}.`
  if (unknown.length > 0) {
    throw new Refusal(`There is no scope ${shown(unknown.join(' '))}. ${known}`)
  }
  if (values.length === 0) throw new Refusal(`The scope is empty. ${known}`)
  return values.join(' ')
}

const unitMs = { m: 60_000, h: 3600_000, d: 86_400_000 }

/**
 * A time: ISO 8601, UTC where it names no offset, or so many minutes, hours or days ago as in 90m,
 * 24h, 7d. Throws Refusal.
 */
export function timeGiven(text: string): Date {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text.trim()) ?? []
  if (count && unit) {
    return new Date(Date.now() - Number(count) * unitMs[unit as keyof typeof unitMs])
  }
  try {
    const time = parseInstant('time', text.trim())
    if (time) return time
  } catch {} // refused below, in our words
  throw new Refusal(
    `${shown(text)} is no time. Give one like 2026-01-31T09:00:00Z, 2026-01-31, or how long ago: 90m, 24h, 7d.`
  )
}

/** A time zone by its IANA name, in its usual letters. Throws Refusal. */
export function timezone(text: string): string {
  const name = canonicalTimezone(text)
  if (!name) throw new Refusal(timezoneFault(text))
  return name
}

/** A redirect URI that may be registered, to add to those before it. Throws Refusal. */
export function redirectUri(uri: string, before: string[] = []): string[] {
  const fault = redirectUriFault(uri)
  if (fault) throw new Refusal(`The redirect URI ${shown(uri)} cannot be registered: ${fault}.`)
  return oneMore(uri, before)
}

/** A client id that survives every way of sending it. Throws Refusal. */
export function newClientId(id: string): string {
  if (!/^[A-Za-z0-9][\w.~-]{0,199}$/.test(id)) {
    throw new Refusal(
      `${shown(id)} cannot be a client id. Use up to 200 letters, digits and . _ ~ - and begin with a letter or a digit.`
    )
  }
  return id
}

/**
 * The first line of standard input. Throws Refusal when it is no good password for a person with
 * this name and email address.
 */
export async function passwordFromStdin(about: string[]): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  const { value: password = '' }: { value?: string } = await lines[Symbol.asyncIterator]().next()
  lines.close()
  process.stdin.destroy() // or the process would wait for the rest
  if (password.includes('\ufffd')) {
    throw new Refusal(
      'The password is not UTF-8, so it could not be typed at sign-in. Set the terminal or the script to UTF-8.'
    )
  }
  const fault = await findPasswordFault(password, about)
  if (fault) throw new Refusal(`${fault} It is the first line of standard input.`)
  return password
}

/** Quoted what was typed, short enough for one line. */
export function shown(text: string): string {
  return `"${text.length > 100 ? `${text.slice(0, 100)}...` : text}"`
}
