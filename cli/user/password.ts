import { forgetAllAttempts } from '../../db/people/attempts.ts'
import { hashPassword } from '../../lib/passwords.ts'
import { newSecret } from '../../lib/secrets.ts'
import { deleteUserSessions } from '../../db/people/sessions.ts'
import { updateUser, type User } from '../../db/people/users.ts'
import { readStdinPassword } from '../arguments.ts'
import { recordAudit, withTransaction } from '../database.ts'
import { formatFields, formatSecret, printResult, type WithJson } from '../subcommand.ts'
import { requireUser } from './record.ts'

/** Declares --password-stdin for commander. */
export const stdinOption = [
  '--password-stdin',
  'read the password from the first line of standard input; without it a new one is shown once'
] as const

export interface WithPassword extends WithJson {
  passwordStdin?: true
}

export async function resetPassword(email: string, options: WithPassword): Promise<void> {
  const { hash, generated } = await choosePassword(options, [email])
  const updatedUser = await withTransaction(async (trx) => {
    const { user_id } = await requireUser(trx, email)
    await recordAudit(trx, 'user.password_reset', { user_id })
    const changedUser = await updateUser(trx, user_id, { password_hash: hash })
    await forgetAllAttempts(trx) // Guesses by strangers must not delay the next sign-in.
    // Last: a concurrent sign-in with the old password then fails, or its session ends here.
    await deleteUserSessions(trx, user_id)
    return changedUser!
  })
  printAccount(
    options,
    updatedUser,
    generated,
    `Set a new password for ${updatedUser.email} and ended their browser sessions.`
  )
}

/**
 * Reads the password from standard input or generates one of 120 random bits, which the command
 * must then show. Throws CommandRefusedError if the password policy refuses it.
 */
export async function choosePassword(
  { passwordStdin }: WithPassword,
  personalWords: string[]
): Promise<{ hash: string; generated?: string }> {
  if (passwordStdin) return { hash: await hashPassword(await readStdinPassword(personalWords)) }
  const generatedPassword = newSecret().slice(0, 20)
  return { hash: await hashPassword(generatedPassword), generated: generatedPassword }
}

/** Prints a new or changed account, with the password that the command generated. */
export function printAccount(
  options: WithJson,
  { user_id, email, role }: User,
  password: string | undefined,
  summary: string
): void {
  printResult(
    options,
    { user_id, email, role, ...(password !== undefined && { password }) },
    () =>
      `${summary}\n${formatFields([
        ['User ID', user_id],
        ['Role', role],
        ['Password', password && formatSecret(password)]
      ])}`
  )
}
