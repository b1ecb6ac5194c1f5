import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Pages } from '../../consent-views/page-data.ts'
import { readAuthorizationRequest } from './pushed-authorization-request.ts'

const AUTHORIZE = /^\/(?:api\/v1\/oauth\/)?authorize\/?\?(.*)$/s

type SignIn = Omit<Pages['login'], 'clientName' | 'purpose'>

/** The sign-in page, which says what the person signs in for, also after a wrong password. */
export async function signInPage(
  app: FastifyInstance,
  reply: FastifyReply,
  signIn: SignIn,
  status = 200
): Promise<FastifyReply> {
  return reply.page('login', { ...signIn, ...(await purposeOf(app, signIn.returnTo)) }, status)
}

/** Leads to the sign-in page, which says what happened in between. */
export function signInAgain(
  app: FastifyInstance,
  reply: FastifyReply,
  returnTo: string
): FastifyReply {
  const text = 'You were signed out in the meantime. Sign in to continue.'
  app.notices.leaveSignedOut(reply, { place: 'login', problem: { form: 'login', text } })
  return reply.header('cache-control', 'no-store').redirect(signInPath(returnTo), 303)
}

/** The address of the sign-in page that leads back to a path of ours. */
export function signInPath(returnTo: string): string {
  return returnTo === '/' ? '/login' : `/login?return_to=${encodeURIComponent(returnTo)}`
}

/** Nothing is fetched and nothing changed; a request that would be refused has no name here. */
async function purposeOf(
  app: FastifyInstance,
  returnTo: string
): Promise<Pick<Pages['login'], 'clientName' | 'purpose'>> {
  if (/^\/device\/?(\?|$)/.test(returnTo)) return { purpose: 'device' }
  if (returnTo.startsWith('/memories/')) return { purpose: 'memory' }
  const [, query] = AUTHORIZE.exec(returnTo) ?? []
  if (query === undefined) return {}
  try {
    const { client } = await readAuthorizationRequest(app, query)
    return { clientName: client.client_name || client.client_id }
  } catch {
    return {} // the authorization endpoint says after sign-in what is wrong
  }
}
