import type { Test } from 'tap'
import type { DeployedService } from '../../../support/deployed-service.ts'
import { authorizationEndpointCases } from './authorization-endpoint.ts'
import { authorizationParameterCases } from './authorization-parameters.ts'
import { authorizationRequestCases } from './authorization-requests.ts'
import type { Case } from './case.ts'
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

/**
 * Attacks and faulty requests, by subject, that an authorization server of MCP clients must
 * withstand. A comment at a case explains where this server decides differently from most.
 */
export const casesBySubject: Record<string, Case[]> = {
  'authorization requests': authorizationRequestCases,
  'redirect URIs': redirectUriCases,
  'loopback redirect URIs': loopbackRedirectUriCases,
  'authorization parameters': authorizationParameterCases,
  'authorization endpoint': authorizationEndpointCases,
  consent: consentCases,
  'sign-in': signInCases,
  'token requests': tokenRequestCases,
  'client authentication': clientAuthenticationCases,
  'client secrets': clientSecretCases,
  codes: codeCases,
  'refresh tokens': refreshTokenCases,
  devices: deviceCases,
  'resource server': resourceServerCases,
  'revocation and introspection': revocationCases,
  registration: registrationCases,
  'documents and operations': documentAndOperationCases
}

/**
 * Runs each case of the subjects as a test of its own. None may leave a failure in the log of the
 * service.
 */
export function runCases(
  t: Test,
  service: DeployedService,
  subjects = Object.keys(casesBySubject)
): void {
  for (const { title, run } of subjects.flatMap((subject) => casesBySubject[subject]!)) {
    t.test(title, (t) => run(t, service))
  }
  t.test('no case leaves a failure in the log', async (t) => t.same(service.failures(), []))
}
