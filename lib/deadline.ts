import { setMaxListeners } from 'node:events'

/**
 * Does the work with a signal that aborts after so many milliseconds (a TimeoutError), or with one
 * of the others; nothing is kept when it is done. Not AbortSignal.any of AbortSignal.timeout: on
 * Node.js 20 nobody holds that timer's signal, and once it is collected the limit never comes.
 */
export async function withDeadline<T>(
  ms: number,
  others: Array<AbortSignal | undefined>,
  work: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  const abortController = new AbortController()
  setMaxListeners(0, abortController.signal) // a call may read many pages at once
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
    return await work(abortController.signal)
  } finally {
    clearTimeout(abortTimer)
    for (const removeListener of removeListeners) removeListener()
  }
}
