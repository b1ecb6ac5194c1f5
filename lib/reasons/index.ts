import { authorizationReasons } from './authorization.ts'
import { clientReasons } from './client.ts'
import { factorReasons } from './factors.ts'
import { tokenReasons } from './token.ts'
import { registrationReasons } from './registration.ts'
import { mcpReasons } from './mcp.ts'
import { signInReasons } from './sign-in.ts'
import type { ReasonExplanation } from './explanation.ts'

/** Every reason that the server can log. A test keeps the list complete. */
export const allReasons: Record<string, ReasonExplanation> = {
  ...authorizationReasons,
  ...clientReasons,
  ...tokenReasons,
  ...registrationReasons,
  ...mcpReasons,
  ...signInReasons,
  ...factorReasons
}

/** Explains a reason; an unknown one gets a general explanation. */
export function explainReason(reason: string): ReasonExplanation {
  return (
    allReasons[reason] ?? {
      why: `The server refused the request with the reason ${reason}.`,
      fix: 'Search the log for this request id.'
    }
  )
}
