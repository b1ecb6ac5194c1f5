import type { Progress } from '../../../domain/context.ts'
import { notificationText, type RpcParams } from '../messages.ts'

type Notify = (json: string) => void

/**
 * Sends progress notifications for a request that asks for them by `progressToken`. Progress must
 * grow (MCP, Basic Utilities, Progress), so a value that does not is left out.
 */
export function progressNotifier({ _meta }: RpcParams, notify: Notify): Progress | undefined {
  const { progressToken } = (_meta ?? {}) as { progressToken?: unknown }
  if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return undefined
  let lastProgress = -1
  return (progress, total, message) => {
    if (progress <= lastProgress) return
    lastProgress = progress
    notify(
      notificationText('notifications/progress', {
        progressToken,
        progress,
        ...(total !== undefined && { total }),
        ...(message !== undefined && { message })
      })
    )
  }
}

/** The levels of RFC 5424, the least severe first. */
export const logLevels: readonly string[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency'
]

/** Sends log messages of a level or more severe ones. */
export function logNotifier(minLevel: string, notify: Notify) {
  const minSeverity = logLevels.indexOf(minLevel)
  return (level: string, data: unknown) => {
    if (logLevels.indexOf(level) < minSeverity) return
    notify(notificationText('notifications/message', { level, logger: 'kagura-memory', data }))
  }
}
