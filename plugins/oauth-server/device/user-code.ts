import { randomInt } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

/** Letters that look different and spell no words (RFC 8628 §6.1): 8 of them are 34 bits. */
const CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const typedCode = new RegExp(`^[${CODE_LETTERS}]{8}$`)

/** A fresh code for a person to type, as XXXX-XXXX. */
export function newUserCode(): string {
  const randomLetter = () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]
  return formatUserCode(Array.from({ length: 8 }, randomLetter).join(''))
}

/**
 * The typed code as XXXX-XXXX; case, white space and dashes do not count. undefined when it cannot
 * be a code.
 */
export function readUserCode(typedText: string): string | undefined {
  const typedLetters = typedText.toUpperCase().replace(/[\s\p{Pd}]/gu, '')
  return typedCode.test(typedLetters) ? formatUserCode(typedLetters) : undefined
}

function formatUserCode(letters: string): string {
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

/**
 * The only form in which a user code is stored. It is keyed by the server's secret, because a plain
 * hash of 34 bits could be reversed by trying all codes.
 */
export function userCodeHash(app: FastifyInstance, userCode: string): string {
  return app.seal.derive('user-code', userCode)
}
