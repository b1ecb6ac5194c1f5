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
  const controller = new AbortController()
  setMaxListeners(0, controller.signal) // a call may read many pages at once
  const timer = setTimeout(
    () => controller.abort(new DOMException('It took too long.', 'TimeoutError')),
    ms
  ).unref()
  const letGo = others.map((other) => {
    const follow = () => controller.abort(other?.reason)
    if (other?.aborted) follow()
    else other?.addEventListener('abort', follow)
    return () => other?.removeEventListener('abort', follow)
  })
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    for (const end of letGo) end()
  }
}
