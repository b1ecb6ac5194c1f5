import { authorizationReasons } from './authorization.ts'
import { clientReasons } from './client.ts'
import { tokenReasons } from './token.ts'
import { registrationReasons } from './registration.ts'
import { mcpReasons } from './mcp.ts'
import { signInReasons } from './sign-in.ts'
import type { Explanation } from './explanation.ts'

/** Every reason that the server gives; a test holds this complete. */
export const reasons: Record<string, Explanation> = {
  ...authorizationReasons,
  ...clientReasons,
  ...tokenReasons,
  ...registrationReasons,
  ...mcpReasons,
  ...signInReasons
}

/** The explanation of a reason; for one that is not known here, what can be said all the same. */
export function explain(reason: string): Explanation {
  return (
    reasons[reason] ?? {
      why: `The server refused the request with the reason ${reason}.`,
      fix: 'Look into the log for the lines with this request id.'
    }
  )
}
