import { setMaxListeners } from 'node:events'

/**
 * Runs the work with a signal that aborts after `ms` milliseconds (TimeoutError), or together with
 * one of the other signals, or when the work calls `abort`. It removes its timer and listeners at the end. AbortSignal.any does not
 * work here: Node.js 20 may collect the signal of AbortSignal.timeout before it fires.
 */
export async function withDeadline<T>(
  ms: number,
  others: Array<AbortSignal | undefined>,
  work: (signal: AbortSignal, abort: (reason: unknown) => void) => Promise<T>
): Promise<T> {
  const abortController = new AbortController()
  setMaxListeners(0, abortController.signal) // a call may read many pages in parallel
  const abortTimer = setTimeout(
    () => abortController.abort(new DOMException('It took too long.', 'TimeoutError')),
    ms
  ).unref()
  const removeListeners = others.map((signal) => {
    const abortToo = () => abortController.abort(signal?.reason)
    if (signal?.aborted) abortToo()
    else signal?.addEventListener('abort', abortToo)
    return () => signal?.removeEventListener('abort', abortToo)
  })
  try {
    return await work(abortController.signal, (reason) => abortController.abort(reason))
  } finally {
    clearTimeout(abortTimer)
    for (const removeListener of removeListeners) removeListener()
  }
}
