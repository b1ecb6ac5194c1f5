import { createSecretWatch, watchAnswers } from './secret-watch.ts'
import { watchServiceLog } from './service-log.ts'
import type { Teardown } from './teardown.ts'

const watch = createSecretWatch()
let log = ''
let openScans = 0
let stopScan: () => void = () => {}

/** Notes a secret that no answer shows, such as a code_verifier or a password, and returns it. */
export const noteSecret = watch.secret

/**
 * Collects the secrets in answers to this process, and the log of its services, until the test
 * ends. Every service starts a scan before it starts, and calls `requireNoSecret` when it has
 * ended. Scans that overlap share one collection.
 */
export function startSecretScan(t: Teardown): void {
  if (openScans === 0) {
    const stopLog = watchServiceLog((line) => {
      log += line
    })
    const stopAnswers = watchAnswers(watch)
    stopScan = () => {
      stopAnswers()
      stopLog()
    }
  }
  openScans++
  t.teardown(() => {
    openScans--
    if (openScans === 0) stopScan()
  })
}

/**
 * Throws if one of the texts, an error answer, or the log since the last call contains a noted
 * secret, or anything that looks like a token of this service.
 */
export function requireNoSecret(...texts: string[]): void {
  const collected = [log, ...watch.errors]
  log = ''
  watch.errors.length = 0
  const leaks = [...collected, ...texts]
    .flatMap((text) => text.split('\n'))
    .filter((line) => containsSecret(line))
  if (leaks.length > 0) {
    throw new Error(`A secret was written down:\n${leaks.slice(0, 5).join('\n')}`)
  }
}

function containsSecret(line: string): boolean {
  if (/(?<![\w-])(kg[a-z]_|kagura_)[\w-]{43}(?![\w-])/.test(line)) return true
  if ([...watch.secrets.keys()].some((secret) => secret.includes(' ') && line.includes(secret))) {
    return true
  }
  return line.match(/[\w.~+/=-]{16,}/g)?.some((word) => watch.secrets.has(word)) ?? false
}
