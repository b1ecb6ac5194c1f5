import { forgetAllAttempts } from '../../db/people/attempts.ts'
import { deleteUserPasskeys } from '../../db/people/passkeys.ts'
import { deleteRecoveryCodes } from '../../db/people/recovery-codes.ts'
import { deleteUserSessions } from '../../db/people/sessions.ts'
import { deleteTotpSecret } from '../../db/people/totp-secrets.ts'
import { recordAudit, withTransaction } from '../database.ts'
import { formatCount, printResult, type WithJson } from '../subcommand.ts'
import { requireUser } from './record.ts'

/** Removes what a person may have lost: the authenticator app, its codes, and passkeys if asked. */
export async function resetSecondFactor(
  email: string,
  { passkeys, ...options }: { passkeys?: true } & WithJson
): Promise<void> {
  const result = await withTransaction(async (trx) => {
    const user = await requireUser(trx, email)
    const hadApp = await deleteTotpSecret(trx, user.user_id)
    await deleteRecoveryCodes(trx, user.user_id)
    const removedPasskeys = passkeys ? await deleteUserPasskeys(trx, user.user_id) : 0
    await recordAudit(trx, 'user.second_factor_reset', {
      user_id: user.user_id,
      details: { had_app: hadApp, removed_passkeys: removedPasskeys }
    })
    await forgetAllAttempts(trx) // Guesses by strangers must not delay the next sign-in.
    await deleteUserSessions(trx, user.user_id)
    return { email: user.email, user_id: user.user_id, had_app: hadApp, removedPasskeys }
  })
  const { removedPasskeys, had_app: hadApp } = result
  printResult(
    options,
    {
      user_id: result.user_id,
      email: result.email,
      had_app: hadApp,
      removed_passkeys: removedPasskeys
    },
    () =>
      `${hadApp ? 'Removed the authenticator app' : 'There was no authenticator app'} of ` +
      `${result.email}` +
      (passkeys ? `, removed ${formatCount(removedPasskeys, 'passkey')}` : '') +
      ' and ended their browser sessions. They sign in with their password.'
  )
}
