import type { FastifyInstance, FastifyReply } from 'fastify'
import { signInPath } from '../../auth/index.ts'
import type { Pages } from '../../consent-views/page-data.ts'
import { Parameters } from '../../form-parameters.ts'
import { displayName } from '../client/client.ts'
import { readAuthorizationRequest } from './authorization-request.ts'
import { authorizeQuery } from './authorize-path.ts'
import { findRequestingClient } from './requesting-client.ts'

type SignInData = Omit<Pages['login'], 'clientName' | 'purpose' | 'ways'>
type SignInPurpose = Pick<Pages['login'], 'clientName' | 'purpose'>

/** The sign-in page. It says what the person signs in for, also after a wrong password. */
export async function signInPage(
  app: FastifyInstance,
  reply: FastifyReply,
  signInData: SignInData,
  status = 200
): Promise<FastifyReply> {
  const signInPurpose = await purposeOf(app, signInData.returnTo)
  const ways = app.signIn.ways()
  return reply.page('login', { ...signInData, ...signInPurpose, ways }, status)
}

/** Leads to the sign-in page, with the notice that the session ended. */
export function signInAgain(
  app: FastifyInstance,
  reply: FastifyReply,
  returnTo: string
): FastifyReply {
  const text = 'You were signed out in the meantime. Sign in to continue.'
  app.notices.leaveSignedOut(reply, { place: 'login', problem: { form: 'login', text } })
  return reply.header('cache-control', 'no-store').redirect(signInPath(returnTo), 303)
}

/** Fetches and changes nothing. A request that would be refused has no purpose here. */
async function purposeOf(app: FastifyInstance, returnTo: string): Promise<SignInPurpose> {
  if (/^\/device\/?(\?|$)/.test(returnTo)) return { purpose: 'device' }
  if (returnTo.startsWith('/memories/')) return { purpose: 'memory' }
  const query = authorizeQuery(returnTo)
  if (query === undefined) return {}
  try {
    const parameters = new Parameters(query)
    const knownClient = await findRequestingClient(app, parameters, { mayFetch: false })
    const { client } = await readAuthorizationRequest(app, parameters, knownClient)
    return { clientName: displayName(client) }
  } catch {
    return {} // After sign-in the authorization endpoint says what is wrong.
  }
}
