import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { terminal } from '../terminal.ts'

const MIN_LENGTH = 12

/**
 * The first line of the file, or of standard input for `-`; undefined without a file. Throws
 * CommandRefusedError if it cannot be read or is short.
 */
export async function readPassphrase(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  const passphrase = (await readText(file)).split(/\r?\n/)[0]!
  if (passphrase.length < MIN_LENGTH) {
    throw new CommandRefusedError(
      `The passphrase has fewer than ${MIN_LENGTH} characters. It is the first line of the file.`
    )
  }
  return passphrase
}

async function readText(file: string): Promise<string> {
  if (file === '-') return text(terminal().stdin)
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandRefusedError(`${quoteText(file)} cannot be read: ${(error as Error).message}.`)
  }
}
