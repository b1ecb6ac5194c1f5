import { watchSecrets } from './secret-watch.ts'

/**
 * What the services of this process write to their logs, at debug level, is looked through when
 * they end: no secret that a test was given may be in it.
 */
const watch = watchSecrets()
let log = ''
const write = process.stderr.write.bind(process.stderr)
process.stderr.write = ((text: string | Uint8Array, ...more: []) => {
  if (typeof text !== 'string' || !text.startsWith('{"level":')) return write(text, ...more)
  log += text
  return process.env['TEST_LOG_LEVEL'] === undefined || write(text)
}) as typeof process.stderr.write

/**
 * Notes a secret that no answer shows, such as a code_verifier or a password, and gives it back.
 */
export const secret = watch.secret

/**
 * Throws when one of the texts, or the log up to now, holds a secret that was seen in this process,
 * or anything that looks like a token of ours.
 */
export function requireNoSecret(...texts: string[]): void {
  const [logged, noted] = [log, watch.errors.join('\n')]
  log = ''
  watch.errors.length = 0
  const found = [logged, noted, ...texts]
    .flatMap((text) => text.split('\n'))
    .filter((line) => holdsSecret(line))
  if (found.length > 0) {
    throw new Error(`A secret was written down:\n${found.slice(0, 5).join('\n')}`)
  }
}

function holdsSecret(line: string): boolean {
  if (/(?<![\w-])(kg[a-z]_|kagura_)[\w-]{43}(?![\w-])/.test(line)) return true
  if ([...watch.secrets.keys()].some((secret) => secret.includes(' ') && line.includes(secret))) {
    return true
  }
  return line.match(/[\w.~+/=-]{16,}/g)?.some((word) => watch.secrets.has(word)) ?? false
}
