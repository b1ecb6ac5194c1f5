import { authorizationReasons } from './authorization.ts'
import { clientReasons } from './client.ts'
import { tokenReasons } from './token.ts'
import { registrationReasons } from './registration.ts'
import { mcpReasons } from './mcp.ts'
import { signInReasons } from './sign-in.ts'
import type { ReasonExplanation } from './explanation.ts'

/** Every reason that the server gives; a test holds this complete. */
export const allReasons: Record<string, ReasonExplanation> = {
  ...authorizationReasons,
  ...clientReasons,
  ...tokenReasons,
  ...registrationReasons,
  ...mcpReasons,
  ...signInReasons
}

/** The explanation of a reason; for one that is not known here, what can be said all the same. */
export function explainReason(reason: string): ReasonExplanation {
  return (
    allReasons[reason] ?? {
      why: `The server refused the request with the reason ${reason}.`,
      fix: 'Look into the log for the lines with this request id.'
    }
  )
}
