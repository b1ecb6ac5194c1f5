import {
  type Check,
  describeRedirect,
  failedCheck,
  passedCheck,
  type ServerVisit
} from './visit.ts'
import { commandName } from '../../lib/command-name.ts'

const REGISTER_PATH = '/api/v1/oauth/register'
const REDIRECT_URI = 'http://127.0.0.1/callback'
const FORM_FIX =
  'Let the proxy forward everything under /api/v1/oauth to this service, with method and body.'

/**
 * Plays the beginning of what an app does to connect, as far as no person has to approve: it
 * registers, opens the page for signing in, and redeems a code that does not exist. Then it deletes
 * its registration. The audit log of the server has all of it.
 */
export async function checkSignInFlow(visit: ServerVisit): Promise<Check[]> {
  const registration = await visit.send(
    'POST',
    REGISTER_PATH,
    {},
    {
      client_name: 'kagura doctor',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none'
    }
  )
  const { status, json, problem } = registration
  if (status === 401 || status === 403) {
    return [passedCheck('registration', 'This server lets no unknown app register.')]
  }
  const clientId = json?.['client_id']
  if (status !== 201 || typeof clientId !== 'string') {
    const answer = `It answers ${problem ?? status}${describeRedirect(registration)}`
    return status === 429
      ? [passedCheck('registration', `${answer}: too many registrations from here for now.`)]
      : [failedCheck('registration', `${answer} instead of a client.`, FORM_FIX)]
  }
  const checks = [
    passedCheck('registration', 'An app can register.'),
    await checkAuthorizationPage(visit, clientId),
    await checkTokenEndpoint(visit, clientId)
  ]
  const token = json!['registration_access_token']
  const removal = await visit.send('DELETE', `${REGISTER_PATH}/${clientId}`, {
    authorization: `Bearer ${String(token)}`
  })
  if (removal.status === 204) return checks
  return [
    ...checks,
    failedCheck(
      'registration is deleted',
      `DELETE answers ${removal.problem ?? removal.status}, so the app "kagura doctor" stays.`,
      `Let the proxy forward DELETE. Remove the app: ${commandName} client list.`
    )
  ]
}

/** The page is on this server, with its own address; a sign-in of the proxy would be another. */
async function checkAuthorizationPage(visit: ServerVisit, clientId: string): Promise<Check> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    state: 'doctor'
  })
  const answer = await visit.get(`/api/v1/oauth/authorize?${query}`, { accept: 'text/html' })
  const location = answer.headers.get('location') ?? ''
  const isHere = location === '' || location.startsWith('/') || location.startsWith(visit.url)
  return [200, 302, 303].includes(answer.status) && isHere
    ? passedCheck('sign-in page', 'It opens on this server.')
    : failedCheck(
        'sign-in page',
        `It answers ${answer.problem ?? answer.status}${describeRedirect(answer)}.`,
        'Take the sign-in of the proxy away for this host: people sign in at this service.'
      )
}

async function checkTokenEndpoint(visit: ServerVisit, clientId: string): Promise<Check> {
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: clientId,
    code: 'no-code',
    redirect_uri: REDIRECT_URI,
    code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  })
  const { status, json, problem } = await visit.send('POST', '/api/v1/oauth/token', {}, form)
  const error = json?.['error']
  return status === 400 && error === 'invalid_grant'
    ? passedCheck('token endpoint', 'It reads a code, and refuses a wrong one.')
    : failedCheck(
        'token endpoint',
        `It answers a wrong code with ${problem ?? status} ${String(error ?? '')}`.trimEnd() + '.',
        FORM_FIX
      )
}
