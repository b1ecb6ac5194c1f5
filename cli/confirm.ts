import { createInterface } from 'node:readline/promises'
import type { Db, Trx } from '../db/connection/connect.ts'
import { Refusal } from './arguments.ts'
import { withDatabase } from './database.ts'

/** What a command that destroys something takes. */
export interface WithYes {
  yes?: true
}

/** The option of such a command, for commander. */
export const yesOption = [
  '--yes',
  'do it without asking; needed where there is no terminal to ask on'
] as const

/** Nobody could be asked, and --yes was not given. Exit code 2: the command was used wrongly. */
export class NotConfirmed extends Refusal {}

/**
 * Returns when --yes was given or the person at the terminal types yes.
 * Throws NotConfirmed where there is no terminal, and Refusal when the answer is anything else.
 * @param consequences says in whole sentences what will happen
 */
export async function confirm(consequences: string, { yes }: WithYes): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new NotConfirmed(`${consequences} Nothing was changed: add --yes to do it.`)
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
  const answer = await Promise.race([
    terminal.question(`${consequences}\nType yes to do it: `),
    closed
  ])
  terminal.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new Refusal('Nothing was changed.')
}

/**
 * Does the work in a transaction, after a confirmation. What will happen is found by doing the
 * work and undoing it, so that the question is exact and no lock is held while somebody reads it.
 * Without consequences nobody is asked. Throws as `confirm` and `work` do.
 */
export function confirmed<T>(
  work: (trx: Trx) => Promise<T>,
  consequences: (result: T) => string | undefined,
  options: WithYes
): Promise<T> {
  return withDatabase(async (db) => {
    const question = options.yes ? undefined : consequences(await rehearse(db, work))
    if (question !== undefined) await confirm(question, options)
    return db.transaction().execute(work)
  })
}

class Undone<T> extends Error {
  readonly result: T
  constructor(result: T) {
    super('undone')
    this.result = result
  }
}

async function rehearse<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  try {
    return await db.transaction().execute<T>(async (trx) => {
      throw new Undone(await work(trx))
    })
  } catch (error) {
    if (error instanceof Undone) return error.result as T
    throw error
  }
}
