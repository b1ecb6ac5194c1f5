/** What is wrong with an email address: the catalogues of texts have the words. */
export type EmailFault = 'empty' | 'long' | 'wrong'

/** RFC 5321 §4.5.3.1.3: a path of 256 characters with its two angle brackets. */
const MAX_LENGTH = 254
const MAX_LOCAL_LENGTH = 64
const localPattern = /^[^\s\p{C}@"(),:;<>[\]\\]+$/u
const labelPattern = /^(?!-)[\p{L}\p{N}\p{M}-]{1,63}(?<!-)$/u

/**
 * Says why an email address is invalid; undefined if it is valid. Accepts RFC 5321
 * without quoted names and address literals, and letters of any script (RFC 6531). Does not check
 * whether mail arrives.
 */
export function findEmailFault(text: string): EmailFault | undefined {
  const emailText = text.trim()
  if (emailText === '') return 'empty'
  if (emailText.length > MAX_LENGTH) return 'long'
  const [local = '', domain = '', ...rest] = emailText.split('@')
  if (rest.length > 0 || !isLocalPart(local) || !isDomain(domain)) {
    return 'wrong'
  }
  return undefined
}

function isLocalPart(local: string): boolean {
  return local.length <= MAX_LOCAL_LENGTH && localPattern.test(local) && !/^\.|\.\.|\.$/.test(local)
}

/** Two labels or more, the last with a letter: `ada@example` and `ada@127.0.0.1` are typos. */
function isDomain(domain: string): boolean {
  const domainLabels = domain.split('.')
  return (
    domainLabels.length > 1 &&
    domainLabels.every((label) => labelPattern.test(label)) &&
    /\p{L}/u.test(domainLabels.at(-1)!)
  )
}
