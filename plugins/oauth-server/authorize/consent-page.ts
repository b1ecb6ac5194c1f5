import type { FastifyInstance, FastifyReply } from 'fastify'
import { type ConsentAnswer, listConsentAnswers } from '../../../db/oauth/grants.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { type Group, groupBoxes, groups, groupsOf, groupTexts } from '../../../tools/scopes.ts'
import type { EarlierDecision, Pages } from '../../consent-views/page-data.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { olderInstallations } from './older-installations.ts'
import { redirectTarget } from './redirect-uri.ts'
import type { EarlierConsent } from './remembered-consent.ts'

/**
 * What the consent form carries, signed: the request as it came, for this person in this browser.
 * Rendering it costs no state.
 */
export interface ConsentForm {
  query: string
  scope: string
  user_id: string
  session_hash: string
  /** Makes every rendering its own form, and so its own code. */
  nonce: string
}

interface Consent {
  asked: AuthorizationRequest
  query: string
  scope: string
  earlier?: EarlierConsent | undefined
  /** The form was sent without any box ticked, and is shown again. */
  noneTicked?: boolean
}

export const noneTickedText = 'You approved nothing: tick what the app may do, or choose Deny.'
const list = new Intl.ListFormat('en-GB')
const titles = (of: Group[]) => list.format(of.map((group) => groupTexts[group].title))

/** The page that asks the person, with the boxes as they were left the last time. */
export async function showConsent(
  app: FastifyInstance,
  reply: FastifyReply,
  session: Session,
  consent: Consent
): Promise<FastifyReply> {
  const { asked, query, scope, earlier, noneTicked = false } = consent
  const { client } = asked
  const form: ConsentForm = {
    query,
    scope,
    user_id: session.user_id,
    session_hash: session.session_hash,
    nonce: crypto.randomUUID()
  }
  const answers = earlier && (await listConsentAnswers(app.db, session.user_id, client.client_id))
  const here = `/api/v1/oauth/authorize?${query}`
  const older = await olderInstallations(app, session, asked, here)
  const boxes = boxesOf(session, scope, earlier, answers)
  const page: Pages['consent'] = {
    clientName: client.client_name || client.client_id,
    clientId: client.client_id,
    ...redirectTarget(asked.redirectUri),
    registeredBy: client.registration,
    registeredAt: client.created_at,
    user: { name: session.name, email: session.email, role: session.role },
    groups: noneTicked ? boxes.map((box) => ({ ...box, checked: false })) : boxes,
    ...(earlier && { earlier: decisionOf(scope, earlier, answers) }),
    form: app.seal.sign('consent', form),
    action: '/api/v1/oauth/consent',
    switchAccount: `/login?return_to=${encodeURIComponent(here)}`,
    ...(older && { older }),
    ...(noneTicked && { problem: noneTickedText })
  }
  return reply.page('consent', page, noneTicked ? 400 : 200)
}

/**
 * Whether the box was ticked on the last page that had it, and that was not taken back; undefined
 * when no page had it.
 */
function lastTick(group: Group, answers: ConsentAnswer[]): boolean | undefined {
  const last = answers.find(({ offered_scope: offered }) => groupsOf(offered).has(group))
  return last && last.revoked_at === null && groupsOf(last.scope).has(group)
}

/** A group is new when it was on no consent page of this app before. */
function isNew(group: Group, earlier: EarlierConsent, answers: ConsentAnswer[]): boolean {
  return !earlier.groups.has(group) && answers.length > 0 && lastTick(group, answers) === undefined
}

function boxesOf(
  { role }: Session,
  scope: string,
  earlier: EarlierConsent | undefined,
  answers: ConsentAnswer[] = []
): Pages['consent']['groups'] {
  const covered = groups.filter((group) => groupsOf(scope).has(group))
  return groupBoxes(covered, role).map((box, index) => {
    const group = covered[index]!
    if (!earlier) return box
    const added = isNew(group, earlier, answers)
    const checked = added || earlier.groups.has(group) || lastTick(group, answers) === true
    return { ...box, isNew: added, checked }
  })
}

/** What the person allowed then, where that is less than what is asked for now. */
function decisionOf(
  scope: string,
  earlier: EarlierConsent,
  answers: ConsentAnswer[] = []
): EarlierDecision {
  const { consentedAt, changed } = earlier
  const left = groups.filter((group) => groupsOf(scope).has(group) && !earlier.groups.has(group))
  if (left.length === 0) return { consentedAt, changed }
  const added = left.filter((group) => isNew(group, earlier, answers))
  const allowed = titles(groups.filter((group) => earlier.groups.has(group)))
  return {
    consentedAt,
    changed,
    allowed: added.length < left.length ? `${allowed} only` : allowed,
    ...(added.length > 0 && { added: titles(added) })
  }
}
