import type { FastifyInstance, FastifyReply } from 'fastify'
import { type ConsentAnswer, listConsentAnswers } from '../../../db/oauth/grants.ts'
import type { Session } from '../../../db/people/sessions.ts'
import {
  type ToolGroup,
  groupBoxes,
  toolGroups,
  groupsOf,
  groupTexts
} from '../../../tools/scopes.ts'
import type { EarlierDecision, Pages } from '../../consent-views/page-data.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { authorizePath } from './authorize-path.ts'
import { consentParties, NONE_TICKED, type SignedConsent, uncheckBoxes } from './consent-form.ts'
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
  /** The form came back without any box ticked, so the page shows it again. */
  noneTicked?: boolean
}

const titleList = new Intl.ListFormat('en-GB')

/** The page that asks the person, with the boxes as they were left the last time. */
export async function showConsentPage(
  app: FastifyInstance,
  reply: FastifyReply,
  session: Session,
  consentRequest: ConsentRequest
): Promise<FastifyReply> {
  const { authorizationRequest, query, scope, noneTicked = false } = consentRequest
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
    ...(noneTicked && { problem: NONE_TICKED })
  }
  return reply.page('consent', pageData, noneTicked ? 400 : 200)
}

/** The boxes, and what the person decided about this app before. */
async function offeredChoices(
  app: FastifyInstance,
  session: Session,
  { authorizationRequest, scope, earlierConsent, noneTicked }: ConsentRequest
): Promise<Pick<Pages['consent'], 'groups' | 'earlier'>> {
  const { client_id: clientId } = authorizationRequest.client
  const pastAnswers = earlierConsent
    ? await listConsentAnswers(app.db, session.user_id, clientId)
    : []
  const boxes = consentBoxes(session, scope, earlierConsent, pastAnswers)
  return {
    groups: noneTicked ? uncheckBoxes(boxes) : boxes,
    ...(earlierConsent && { earlier: earlierDecision(scope, earlierConsent, pastAnswers) })
  }
}

/**
 * Whether the box was ticked on the last page that had it, unless that decision was taken back;
 * undefined when no page had it.
 */
function lastTick(group: ToolGroup, pastAnswers: ConsentAnswer[]): boolean | undefined {
  const lastAnswer = pastAnswers.find(({ offered_scope: offered }) => groupsOf(offered).has(group))
  return lastAnswer && lastAnswer.revoked_at === null && groupsOf(lastAnswer.scope).has(group)
}

/** A group is new when no consent page of this app had it before. */
function isNewGroup(
  group: ToolGroup,
  earlierConsent: EarlierConsent,
  pastAnswers: ConsentAnswer[]
): boolean {
  return (
    !earlierConsent.groups.has(group) &&
    pastAnswers.length > 0 &&
    lastTick(group, pastAnswers) === undefined
  )
}

function consentBoxes(
  { role }: Session,
  scope: string,
  earlierConsent: EarlierConsent | undefined,
  pastAnswers: ConsentAnswer[]
): Pages['consent']['groups'] {
  const offeredGroups = toolGroups.filter((group) => groupsOf(scope).has(group))
  return groupBoxes(offeredGroups, role).map((box, index) => {
    const group = offeredGroups[index]!
    if (!earlierConsent) return box
    const isNew = isNewGroup(group, earlierConsent, pastAnswers)
    const checked =
      isNew || earlierConsent.groups.has(group) || lastTick(group, pastAnswers) === true
    return { ...box, isNew, checked }
  })
}

/** What the person allowed before, where that is less than the app asks for now. */
function earlierDecision(
  scope: string,
  earlierConsent: EarlierConsent,
  pastAnswers: ConsentAnswer[]
): EarlierDecision {
  const { consentedAt, changed, groups: allowedGroups } = earlierConsent
  const missingGroups = toolGroups.filter(
    (group) => groupsOf(scope).has(group) && !allowedGroups.has(group)
  )
  if (missingGroups.length === 0) return { consentedAt, changed }
  const newGroups = missingGroups.filter((group) => isNewGroup(group, earlierConsent, pastAnswers))
  const allowedTitles = listTitles(toolGroups.filter((group) => allowedGroups.has(group)))
  return {
    consentedAt,
    changed,
    allowed: newGroups.length < missingGroups.length ? `${allowedTitles} only` : allowedTitles,
    ...(newGroups.length > 0 && { added: listTitles(newGroups) })
  }
}

function listTitles(listedGroups: ToolGroup[]): string {
  return titleList.format(listedGroups.map((group) => groupTexts[group].title))
}
