import { Secret } from 'otpauth'

const CODE_COUNT = 10
const CODE_BYTES = 10
const GROUP_LENGTH = 4

/** New recovery codes of 80 random bits each, such as `abcd-efgh-ijkl-mnop`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: CODE_COUNT }, () => {
    const letters = new Secret({ size: CODE_BYTES }).base32.toLowerCase()
    return letters.match(new RegExp(`.{${GROUP_LENGTH}}`, 'g'))!.join('-')
  })
}

/**
 * The code as it is stored, whatever the person typed between its letters; undefined if this is not
 * a recovery code.
 */
export function readRecoveryCode(typed: string): string | undefined {
  const letters = typed.toLowerCase().replace(/[^a-z0-9]/g, '')
  if (!/^[a-z2-7]{16}$/.test(letters)) return undefined
  return letters.match(new RegExp(`.{${GROUP_LENGTH}}`, 'g'))!.join('-')
}
