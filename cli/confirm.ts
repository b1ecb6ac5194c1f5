import { createInterface } from 'node:readline/promises'
import type { Trx } from '../db/connection/connect.ts'
import { rehearseWork } from '../db/connection/rehearsal.ts'
import { CommandRefusedError } from './arguments.ts'
import { withDatabase } from './database.ts'
import { terminal } from './terminal.ts'

/** The option of a destructive command. */
export interface WithYes {
  yes?: true
}

/** Declares --yes for commander. */
export const yesOption = [
  '--yes',
  'do it without asking; required when there is no terminal'
] as const

/** A destructive command has neither --yes nor a terminal. Exit code 2: wrong usage. */
export class NotConfirmedError extends CommandRefusedError {
  override name = 'NotConfirmedError'
}

/**
 * Returns if --yes is set or the user types yes. Throws NotConfirmedError without a terminal, and
 * CommandRefusedError for any other answer.
 * @param consequences Whole sentences that say what will happen.
 */
export async function requireConfirmation(consequences: string, { yes }: WithYes): Promise<void> {
  if (yes) return
  const { stdin, stderr } = terminal()
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new NotConfirmedError(`${consequences} Nothing was changed: add --yes to do it.`)
  }
  const terminalInput = createInterface({ input: stdin, output: stderr })
  const inputClosed = new Promise<string>((resolve) =>
    terminalInput.once('close', () => resolve(''))
  )
  const userAnswer = await Promise.race([
    terminalInput.question(`${consequences}\nType yes to do it: `),
    inputClosed
  ])
  terminalInput.close()
  if (!/^y(es)?$/i.test(userAnswer.trim())) throw new CommandRefusedError('Nothing was changed.')
}

/**
 * Runs the work in a transaction after a confirmation. The question names exact numbers: the work
 * runs once and is rolled back. So no lock is held while the user reads. Without consequences there
 * is no question. Throws what `requireConfirmation` and `work` throw.
 */
export function runConfirmed<T>(
  work: (trx: Trx) => Promise<T>,
  describeConsequences: (result: T) => string | undefined,
  options: WithYes
): Promise<T> {
  return withDatabase(async (db) => {
    const consequences = options.yes
      ? undefined
      : describeConsequences(await rehearseWork(db, work))
    if (consequences !== undefined) await requireConfirmation(consequences, options)
    return db.transaction().execute(work)
  })
}
