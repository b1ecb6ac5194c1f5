import type { FastifyInstance } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { type Permission, permissionsOf, scopeBoxes, scopeOf } from '../../../tools/scopes.ts'
import type { Pages } from '../../consent-views/page-data.ts'
import type { Parameters } from '../../form-parameters.ts'
import { displayName } from '../client/client.ts'
import { pageFault } from '../../error-handler/page-fault.ts'

export const NONE_TICKED = 'You approved nothing: tick what the app may do, or choose Deny.'

/** What every consent form carries, signed: the offered scope, and who may answer it. */
export interface SignedConsent {
  scope: string
  user_id: string
  session_hash: string
}

/** What a person sees of the app and of themselves on every consent page. */
export function consentParties(
  client: Client,
  session: Session,
  returnPath: string
): Pick<
  Pages['consent'],
  'clientName' | 'clientId' | 'registeredBy' | 'registeredAt' | 'user' | 'switchAccount'
> {
  return {
    clientName: displayName(client),
    clientId: client.client_id,
    registeredBy: client.registration,
    registeredAt: client.created_at,
    user: { name: session.name, email: session.email, role: session.role },
    switchAccount: `/login?return_to=${encodeURIComponent(returnPath)}`
  }
}

/**
 * The content of a consent form that this server signed at most `seconds` ago. Throws PageError
 * 403.
 */
export function requireSignedForm<Form extends SignedConsent>(
  app: FastifyInstance,
  purpose: 'consent' | 'device',
  signedForm: string,
  { seconds, href }: { seconds: number; href?: string }
): Form {
  const consentForm = app.seal.verify<Form>(purpose, signedForm, seconds)
  if (consentForm) return consentForm
  throw pageFault(403, 'outdatedConsent', { reason: 'consent_form_invalid', ...(href && { href }) })
}

/** The form was made for this person, in this session. Throws PageError 403. */
export function requireSamePerson(form: SignedConsent, session: Session, returnPath: string): void {
  if (form.user_id === session.user_id && form.session_hash === session.session_hash) return
  throw pageFault(403, 'accountChanged', {
    reason: 'account_changed',
    values: { email: session.email },
    href: returnPath
  })
}

/** What the boxes that came back ticked permit; each was offered. Throws PageError 400. */
export function tickedPermissions(form: SignedConsent, answer: Parameters): Set<Permission> {
  const tickedValues = answer.all('scope')
  const offeredValues = scopeBoxes(form.scope, 'user').map(({ scope }) => scope)
  if (!tickedValues.every((value) => offeredValues.includes(value))) {
    throw pageFault(400, 'permissionNotOffered', { reason: 'scope_not_offered' })
  }
  return permissionsOf(tickedValues.join(' '))
}

/** The offered scope as it was when all of it is approved, otherwise the groups by name. */
export function approvedScope(offeredScope: string, approved: ReadonlySet<Permission>): string {
  return approved.size === permissionsOf(offeredScope).size ? offeredScope : scopeOf(approved)
}

/** The boxes of a form that came back, as they were ticked. */
export function checkBoxes(
  boxes: Pages['consent']['groups'],
  ticked: ReadonlySet<Permission>
): Pages['consent']['groups'] {
  return boxes.map((box) => ({
    ...box,
    checked: [...permissionsOf(box.scope)].every((permission) => ticked.has(permission))
  }))
}
