import { randomInt } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

/**
 * Letters that nobody mistakes for another and that spell no words (RFC 8628 §6.1): 8 of them are
 * 34 bits.
 */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'

/** A fresh code for a person to type, as XXXX-XXXX. */
export function newUserCode(): string {
  const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

/**
 * What was typed, as XXXX-XXXX: case, white space and dashes do not count. undefined when it cannot
 * be a code.
 */
export function readUserCode(typed: string): string | undefined {
  const letters = typed.toUpperCase().replace(/[\s\p{Pd}]/gu, '')
  return new RegExp(`^[${LETTERS}]{8}$`).test(letters)
    ? `${letters.slice(0, 4)}-${letters.slice(4)}`
    : undefined
}

/**
 * Keyed, since a plain hash of 34 bits could be tried out: the only form in which a user code is
 * stored.
 */
export function userCodeHash(app: FastifyInstance, code: string): string {
  return app.seal.derive('user-code', code)
}
