import { Secret, TOTP } from 'otpauth'

const PERIOD_SECONDS = 30
const DIGITS = 6
/** A code of the step before or after counts too: clocks differ, and people type slowly. */
const WINDOW = 1

/** A new secret for an authenticator app: 160 random bits in base32. */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32
}

/** The address that an authenticator app reads from a QR code (otpauth://). */
export function totpAddress(secret: string, email: string, issuer: string): string {
  return authenticator(secret, email, issuer).toString()
}

/**
 * The number of the time step to which the code belongs, or undefined if the code is wrong
 * (RFC 6238). The caller must see to it that a step counts once.
 */
export function matchingStep(
  secret: string,
  code: string,
  epochSeconds: number
): number | undefined {
  const timestamp = epochSeconds * 1000
  const totp = authenticator(secret)
  const distance = totp.validate({ token: code, timestamp, window: WINDOW })
  return distance === null ? undefined : totp.counter({ timestamp }) + distance
}

function authenticator(secret: string, label = '', issuer = ''): TOTP {
  return new TOTP({
    secret: Secret.fromBase32(secret),
    label,
    issuer,
    digits: DIGITS,
    period: PERIOD_SECONDS,
    algorithm: 'SHA1' // Authenticator apps ignore the others.
  })
}
