import type { Test } from 'tap'
import { authorizationParameterCases } from './authorization-parameters.ts'
import { authorizationRequestCases } from './authorization-requests.ts'
import { clientAuthenticationCases } from './client-authentication.ts'
import { clientSecretCases } from './client-secrets.ts'
import { codeCases } from './codes.ts'
import { consentCases } from './consent.ts'
import { deviceCases } from './devices.ts'
import { documentAndOperationCases } from './documents-and-operations.ts'
import { loopbackRedirectUriCases } from './loopback-redirect-uris.ts'
import { redirectUriCases } from './redirect-uris.ts'
import { refreshTokenCases } from './refresh-tokens.ts'
import { registrationCases } from './registration.ts'
import { resourceServerCases } from './resource-server.ts'
import { revocationCases } from './revocation-and-introspection.ts'
import { signInCases } from './sign-in.ts'
import { tokenRequestCases } from './token-requests.ts'
import type { Case, World } from './world.ts'

/**
 * Attacks and negative cases, numbered: what an authorization server of MCP clients must answer. A
 * title says where we decide otherwise than usual, and why.
 */
export const cases: Case[] = [
  ...redirectUriCases,
  ...loopbackRedirectUriCases,
  ...authorizationRequestCases,
  ...authorizationParameterCases,
  ...consentCases,
  ...signInCases,
  ...clientAuthenticationCases,
  ...clientSecretCases,
  ...tokenRequestCases,
  ...codeCases,
  ...refreshTokenCases,
  ...deviceCases,
  ...resourceServerCases,
  ...revocationCases,
  ...registrationCases,
  ...documentAndOperationCases
].sort((one, other) => one.number - other.number)

/** Each case as a test of its own; none may leave a failure behind in the log of the service. */
export function runCases(t: Test, world: World): void {
  for (const { number, title, run } of cases) {
    t.test(`case ${number}: ${title}`, (t) => run(t, world))
  }
  t.test('none of them left a failure in the log', async (t) => t.same(world.failures(), []))
}
