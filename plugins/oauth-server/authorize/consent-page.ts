import type { FastifyInstance, FastifyReply } from 'fastify'
import { type ConsentAnswer, listConsentAnswers } from '../../../db/oauth/grants.ts'
import type { Session } from '../../../db/people/sessions.ts'
import type { AccessLimits } from '../../../db/schema/index.ts'
import {
  type GroupBox,
  type Permission,
  permissionsOf,
  scopeBoxes,
  toolGroups
} from '../../../tools/scopes.ts'
import type { EarlierDecision, Pages } from '../../consent-views/page-data.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { authorizePath } from './authorize-path.ts'
import { limitChoice } from '../limit-choice.ts'
import { checkBoxes, consentParties, type SignedConsent } from './consent-form.ts'
import { olderInstallations } from './older-installations.ts'
import { redirectTarget } from './redirect-uri.ts'
import type { EarlierConsent } from './remembered-consent.ts'

/**
 * What the consent form carries, signed: the request as it came, for this person in this session.
 * Rendering it stores nothing.
 */
export interface ConsentForm extends SignedConsent {
  query: string
  /** Makes every rendering its own form, and so its own code. */
  nonce: string
}

interface ConsentRequest {
  authorizationRequest: AuthorizationRequest
  query: string
  scope: string
  earlierConsent?: EarlierConsent | undefined
  /** The form came back and cannot be approved, so the page shows it again. */
  refused?: { problem: string; ticked: ReadonlySet<Permission>; limits: AccessLimits }
}

/** The page that asks the person, with the boxes as they were left the last time. */
export async function showConsentPage(
  app: FastifyInstance,
  reply: FastifyReply,
  session: Session,
  consentRequest: ConsentRequest
): Promise<FastifyReply> {
  const { authorizationRequest, query, scope, refused } = consentRequest
  const { client, redirectUri } = authorizationRequest
  const consentForm: ConsentForm = {
    query,
    scope,
    user_id: session.user_id,
    session_hash: session.session_hash,
    nonce: crypto.randomUUID()
  }
  const returnPath = authorizePath(query)
  const choices = await offeredChoices(app, session, consentRequest)
  const olderAccess = await olderInstallations(app, session, authorizationRequest, returnPath)
  const pageData: Pages['consent'] = {
    ...consentParties(client, session, returnPath),
    ...redirectTarget(redirectUri),
    ...choices,
    form: app.seal.sign('consent', consentForm),
    action: '/api/v1/oauth/consent',
    ...(olderAccess && { older: olderAccess }),
    ...(refused && { problem: refused.problem })
  }
  return reply.page('consent', pageData, refused ? 400 : 200)
}

/** The boxes, and what the person decided about this app before. */
async function offeredChoices(
  app: FastifyInstance,
  session: Session,
  { authorizationRequest, scope, earlierConsent, refused }: ConsentRequest
): Promise<Pick<Pages['consent'], 'groups' | 'earlier' | 'limits'>> {
  const { client_id: clientId } = authorizationRequest.client
  const pastAnswers = earlierConsent
    ? await listConsentAnswers(app.db, session.user_id, clientId)
    : []
  const boxes = consentBoxes(session, scope, earlierConsent, pastAnswers)
  return {
    groups: refused ? checkBoxes(boxes, refused.ticked) : boxes,
    limits: await limitChoice(
      app.db,
      session.user_id,
      refused ? refused.limits : earlierConsent?.limits
    ),
    ...(earlierConsent && { earlier: earlierDecision(scope, earlierConsent, pastAnswers) })
  }
}

function covers(permissions: ReadonlySet<Permission>, box: GroupBox): boolean {
  return [...permissionsOf(box.scope)].every((permission) => permissions.has(permission))
}

/**
 * Whether the box was ticked on the last page that had it, unless that decision was taken back;
 * undefined when no page had it.
 */
function lastTick(box: GroupBox, pastAnswers: ConsentAnswer[]): boolean | undefined {
  const lastAnswer = pastAnswers.find(({ offered_scope: offered }) =>
    covers(permissionsOf(offered), box)
  )
  return (
    lastAnswer && lastAnswer.revoked_at === null && covers(permissionsOf(lastAnswer.scope), box)
  )
}

/** A box is new when no consent page of this app had it before. */
function isNewBox(
  box: GroupBox,
  earlierConsent: EarlierConsent,
  pastAnswers: ConsentAnswer[]
): boolean {
  return (
    !covers(earlierConsent.permissions, box) &&
    pastAnswers.length > 0 &&
    lastTick(box, pastAnswers) === undefined
  )
}

function consentBoxes(
  { role }: Session,
  scope: string,
  earlierConsent: EarlierConsent | undefined,
  pastAnswers: ConsentAnswer[]
): Pages['consent']['groups'] {
  return scopeBoxes(scope, role).map((box) => {
    if (!earlierConsent) return box
    const isTakenAway = earlierConsent.limits.groups?.includes(box.scope.split(':')[1]!) === false
    const isNew = isNewBox(box, earlierConsent, pastAnswers)
    const checked =
      isNew || covers(earlierConsent.permissions, box) || lastTick(box, pastAnswers) === true
    return { ...box, isNew, checked: checked && !isTakenAway }
  })
}

/** What the person allowed before, where that is less than the app asks for now. */
function earlierDecision(
  scope: string,
  earlierConsent: EarlierConsent,
  pastAnswers: ConsentAnswer[]
): EarlierDecision {
  const { consentedAt, changed, permissions: allowed } = earlierConsent
  const missingBoxes = scopeBoxes(scope, 'user').filter((box) => !covers(allowed, box))
  if (missingBoxes.length === 0) return { consentedAt, changed }
  const newBoxes = missingBoxes.filter((box) => isNewBox(box, earlierConsent, pastAnswers))
  return {
    consentedAt,
    changed,
    allowed: toolGroups.filter((group) => allowed.has(`${group}:read`)),
    isPart: newBoxes.length < missingBoxes.length,
    ...(newBoxes.length > 0 && { added: newBoxes.map(({ group }) => group) })
  }
}
