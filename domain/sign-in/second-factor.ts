import type { Db } from '../../db/connection/connect.ts'
import { countAttempt, forgetAttempts } from '../../db/people/attempts.ts'
import { consumeRecoveryCode } from '../../db/people/recovery-codes.ts'
import { consumeTotpStep, readEpochSeconds } from '../../db/people/totp-secrets.ts'
import { readRecoveryCode } from './recovery-codes.ts'
import { matchingStep } from './totp.ts'

export type SecondFactorResult =
  | { method: 'code' | 'recovery_code' }
  | { reason: 'wrong_code' | 'used_code' }
  | { reason: 'throttled'; retryAfter: number }

/** `secret`: undefined if it cannot be decrypted; then only recovery codes count. */
interface PersonWithSecret {
  user_id: string
  secret: string | undefined
}

/**
 * Checks a code of the authenticator app, or a recovery code. Each counts once. Attempts are slowed
 * down for each account like passwords, and never locked out; `retryAfter` is in seconds. Only who
 * knows the password gets here, so strangers cannot use up the attempts.
 */
export async function checkSecondFactor(
  db: Db,
  { user_id: userId, secret }: PersonWithSecret,
  typedCode: string
): Promise<SecondFactorResult> {
  const throttle = { subject: `code ${userId}`, free: 5, first: 15, longest: 900 }
  const retryAfter = await countAttempt(db, throttle)
  if (retryAfter > 0) return { reason: 'throttled', retryAfter }
  const result = await consumeCode(db, { user_id: userId, secret }, typedCode)
  if ('method' in result) await forgetAttempts(db, throttle.subject)
  return result
}

async function consumeCode(
  db: Db,
  { user_id: userId, secret }: PersonWithSecret,
  typedCode: string
): Promise<SecondFactorResult> {
  const recoveryCode = readRecoveryCode(typedCode)
  if (recoveryCode !== undefined) {
    const isConsumed = await consumeRecoveryCode(db, userId, recoveryCode)
    return isConsumed ? { method: 'recovery_code' } : { reason: 'wrong_code' }
  }
  const code = typedCode.replace(/\s/g, '')
  const step =
    secret === undefined ? undefined : matchingStep(secret, code, await readEpochSeconds(db))
  if (step === undefined) return { reason: 'wrong_code' }
  return (await consumeTotpStep(db, userId, step)) ? { method: 'code' } : { reason: 'used_code' }
}
