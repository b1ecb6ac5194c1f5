import { randomBytes } from 'node:crypto'

/**
 * Text of somebody else between two marks that hold the same random word, another one for each
 * answer: what is quoted cannot write the end of its own quotation.
 */
export function quoteForeignText(kind: 'page' | 'transcript', text: string): string {
  const boundaryWord = randomBytes(6).toString('hex')
  return `--- beginning of the ${kind} ${boundaryWord} ---\n${text}\n--- end of the ${kind} ${boundaryWord} ---`
}
