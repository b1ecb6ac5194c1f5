import { randomBytes } from 'node:crypto'

/**
 * Puts foreign text between two marks with one random word. Each answer has a new word, so
 * the text cannot forge the end of its quotation.
 */
export function quoteForeignText(kind: 'page' | 'transcript', text: string): string {
  const boundaryWord = randomBytes(6).toString('hex')
  return (
    `--- beginning of the ${kind} ${boundaryWord} ---\n${text}\n--- end of the ${kind} ` +
    `${boundaryWord} ---`
  )
}
