import type { RpcParams } from '../messages.ts'
import { logNotifier, progressNotifier } from '../methods/messages-before.ts'
import type { Exchange } from '../methods/exchange.ts'
import type { McpService } from '../methods/method-call.ts'

/**
 * What a request of an older revision may send before its result: progress if it asked, and log
 * messages if the server has any.
 */
export function messagesBefore(
  { fixtures }: McpService,
  params: RpcParams,
  notify: (json: string) => void
): Exchange {
  return {
    progress: progressNotifier(params, notify),
    log: fixtures?.capabilities?.['logging'] && logNotifier('debug', notify)
  }
}
