import type { Test } from 'tap'
import type { DeployedService } from '../../../support/deployed-service.ts'

/** One requirement on the authorization server, and the requests that check it. */
export interface Case {
  title: string
  run: (t: Test, service: DeployedService) => Promise<void>
}
