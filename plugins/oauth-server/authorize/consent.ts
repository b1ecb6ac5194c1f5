import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { CODE_PREFIX, findAuthorizationCode } from '../../../db/oauth/authorization-codes.ts'
import { consumePushedAuthorizationRequest } from '../../../db/oauth/pushed-authorization-requests.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { type Group, groups, groupsOf, intersection, scopeOf } from '../../../tools/scopes.ts'
import { requireSameOrigin } from '../../auth/index.ts'
import { PageError } from '../../../lib/errors.ts'
import { formOf, type Parameters } from '../../form-parameters.ts'
import { approve } from './approval.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { type ConsentForm, showConsent } from './consent-page.ts'
import { readAuthorizationRequest, UnusableRequestUri } from './pushed-authorization-request.ts'
import { answerUrl, redirectTarget } from './redirect-uri.ts'
import { signInAgain } from './sign-in-page.ts'

/** A form that lies open longer than this must be opened again. */
const FORM_SECONDS = 3600

/** Where the consent form goes: the decision of the person at the screen. */
export const consentEndpoint: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const answer = formOf(request)
    const handle = answer.get('form') ?? ''
    const form = requireOwnForm(app, handle)
    const here = `/api/v1/oauth/authorize?${form.query}`
    const session = await app.auth.session(request)
    if (!session) return signInAgain(app, reply, here)
    requireSamePerson(form, session, here)

    const asked = await readAuthorizationRequest(app, form.query, { opened: true })
    const ticked = tickedGroups(form, answer)
    const approved = answer.get('decision') === 'approve'
    if (approved && ticked.size === 0) {
      return showConsent(app, reply, session, {
        asked,
        query: form.query,
        scope: form.scope,
        noneTicked: true
      })
    }
    return approved
      ? decideYes(app, request, reply, { asked, form, handle, ticked })
      : decideNo(app, request, reply, asked, session)
  })
}

function requireOwnForm(app: FastifyInstance, handle: string): ConsentForm {
  const form = app.seal.verify<ConsentForm>('consent', handle, FORM_SECONDS)
  if (!form) {
    throw new PageError(
      403,
      'This form is no longer valid',
      'It lay open for too long, or was not made here. Go back to the app and connect again.',
      { reason: 'consent_form_invalid' }
    )
  }
  return form
}

function requireSamePerson(form: ConsentForm, session: Session, here: string): void {
  if (form.user_id === session.user_id && form.session_hash === session.session_hash) return
  throw new PageError(
    403,
    'Account changed',
    `You are now signed in as ${session.email}, or signed in anew since this page was opened. Nothing was approved.`,
    {
      reason: 'account_changed',
      link: { href: here, text: 'Look at the request again' }
    }
  )
}

/** The boxes that came back ticked, all of them offered. Throws PageError. */
export function tickedGroups(form: { scope: string }, answer: Parameters): Set<Group> {
  const values = answer.all('scope')
  const ticked = new Set(groups.filter((group) => values.includes(`mcp:${group}`)))
  if (
    ticked.size !== new Set(values).size ||
    intersection(ticked, groupsOf(form.scope)).size !== ticked.size
  ) {
    throw new PageError(400, 'Invalid choice', 'The form has a permission that was not offered.', {
      reason: 'scope_not_offered'
    })
  }
  return ticked
}

/**
 * The code follows from the form, so sending one form twice (double click, Back) gives the same
 * code, never a second one.
 */
async function decideYes(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  decision: {
    asked: AuthorizationRequest
    form: ConsentForm
    handle: string
    ticked: Set<Group>
  }
): Promise<FastifyReply> {
  const { asked, form, handle, ticked } = decision
  const code = CODE_PREFIX + app.seal.derive('code', handle)
  if (!(await findAuthorizationCode(app.db, code))) {
    const scope = ticked.size === groupsOf(form.scope).size ? form.scope : scopeOf(ticked)
    await approve(app, request, {
      asked,
      userId: form.user_id,
      scope,
      offeredScope: form.scope,
      code
    })
  }
  return goBack(app, reply, asked, { code }, true)
}

async function decideNo(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: AuthorizationRequest,
  session: Session
): Promise<FastifyReply> {
  if (
    asked.requestUri !== undefined &&
    !(await consumePushedAuthorizationRequest(app.db, asked.requestUri))
  ) {
    throw new UnusableRequestUri('request_uri_used')
  }
  await request.audit('oauth.authorize.denied', {
    user_id: session.user_id,
    client_id: asked.client.client_id,
    reason: 'access_denied'
  })
  return goBack(
    app,
    reply,
    asked,
    { error: 'access_denied', error_description: 'The user denied the request.' },
    false
  )
}

/**
 * A page that navigates, not a redirect: browsers hold the answer to a form to `form-action 'self'`
 * through every hop.
 */
function goBack(
  app: FastifyInstance,
  reply: FastifyReply,
  asked: AuthorizationRequest,
  answer: Record<string, string>,
  approved: boolean
): FastifyReply {
  return reply.page('continue', {
    url: answerUrl(app, asked.redirectUri, { ...answer, state: asked.state }),
    clientName: asked.client.client_name || asked.client.client_id,
    approved,
    redirectHost: redirectTarget(asked.redirectUri).redirectHost
  })
}
