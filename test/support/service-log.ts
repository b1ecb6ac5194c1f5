import type { Teardown } from './teardown.ts'

type Listener = (line: string) => void

const listeners = new Set<Listener>()
let restoreStderr: () => void = () => {}

/**
 * Hands the listener every log line that a service in this process writes. Ends with the returned
 * function. Meanwhile log lines reach stderr only if TEST_LOG_LEVEL is set.
 */
export function watchServiceLog(listener: Listener): () => void {
  if (listeners.size === 0) restoreStderr = replaceStderr()
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) restoreStderr()
  }
}

/** The log lines of the services in this process, from now on until the test ends. */
export function captureLog(t: Teardown): string[] {
  const lines: string[] = []
  t.teardown(watchServiceLog((line) => lines.push(line)))
  return lines
}

function replaceStderr(): () => void {
  const original = process.stderr.write
  const write = original.bind(process.stderr)
  process.stderr.write = ((text: string | Uint8Array, ...more: []) => {
    if (typeof text !== 'string' || !text.startsWith('{"level":')) return write(text, ...more)
    for (const listener of listeners) listener(text)
    return process.env['TEST_LOG_LEVEL'] === undefined || write(text)
  }) as typeof process.stderr.write
  return () => {
    process.stderr.write = original
  }
}
