import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from '../../../db/people/sessions.ts'
import { permissionsOf, scopeBoxes } from '../../../tools/scopes.ts'
import { checkBoxes, consentParties } from '../authorize/consent-form.ts'
import { keptChoice, limitChoice } from '../limit-choice.ts'
import {
  deviceConsentPath,
  FORM_SECONDS,
  requireDeviceClient,
  requireDeviceForm,
  requireUndecided
} from './device-form.ts'
import { pageFault } from '../../error-handler/page-fault.ts'

interface SignedDecision {
  session_hash: string
  clientName: string
  approved: boolean
}

/** The page that asks about another device. Throws PageError. */
export async function showDeviceConsent(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  signedForm: string
): Promise<FastifyReply> {
  const { deviceForm, deviceCode } = await requireDeviceForm(app, session, signedForm)
  requireUndecided(deviceCode)
  const client = await requireDeviceClient(app, deviceCode)
  const notice = await app.notices.take(request, session, 'device')
  const boxes = scopeBoxes(deviceForm.scope, session.role)
  const typed = notice?.typed
  return reply.page(
    'consent',
    {
      ...consentParties(client, session, deviceConsentPath(deviceForm.user_code)),
      redirectHost: '',
      redirectKind: 'web',
      groups: typed
        ? checkBoxes(boxes, permissionsOf([typed['scope'] ?? []].flat().join(' ')))
        : boxes,
      limits: await limitChoice(app.db, session.user_id, keptChoice(typed?.['limits'])),
      form: signedForm,
      action: '/device',
      device: {
        userCode: deviceForm.user_code,
        address: deviceCode.ip_address ?? 'unknown',
        userAgent: deviceCode.user_agent ?? '',
        askedAt: deviceCode.created_at
      },
      ...(notice?.problem && { problem: notice.problem.text })
    },
    notice?.status
  )
}

/** What was decided, for the session that decided it. Throws PageError 404. */
export function showDecision(
  app: FastifyInstance,
  reply: FastifyReply,
  session: Session,
  signedDecision: string
): FastifyReply {
  const decision = app.seal.verify<SignedDecision>('device-decided', signedDecision, FORM_SECONDS)
  if (decision?.session_hash !== session.session_hash) {
    throw pageFault(404, 'decisionGone', { reason: 'user_code_used', href: '/' })
  }
  const { clientName, approved } = decision
  return reply.page('device-decided', { clientName, approved })
}
