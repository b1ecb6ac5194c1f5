import type { PageError } from '../../../lib/errors.ts'
import { pageFault } from '../../error-handler/page-fault.ts'

/**
 * The page for an app whose client_id is not registered, or no longer: apps keep their first
 * client_id for ever.
 */
export function unknownClientPage(clientId: string): PageError {
  return pageFault(400, 'unknownClient', {
    reason: 'unknown_client',
    received: [['client_id', clientId]]
  })
}

export function disabledClientPage(clientId: string): PageError {
  return pageFault(400, 'disabledClient', {
    reason: 'client_disabled',
    received: [['client_id', clientId]]
  })
}
