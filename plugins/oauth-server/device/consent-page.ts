import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from '../../../db/people/sessions.ts'
import { PageError } from '../../../lib/errors.ts'
import { groupBoxes, groupsOf } from '../../../tools/scopes.ts'
import { requireClient, requireDeviceForm, requireUndecided, SECONDS } from './decision.ts'

interface Decided {
  session_hash: string
  clientName: string
  approved: boolean
}

/** The page that asks about another device, with what its form brought. Throws PageError. */
export async function showDeviceConsent(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  handle: string
): Promise<FastifyReply> {
  const { form, code } = await requireDeviceForm(app, session, handle)
  requireUndecided(code)
  const client = await requireClient(app, code)
  const notice = await app.notices.take(request, session, 'device')
  const boxes = groupBoxes(groupsOf(form.scope), session.role)
  const here = `/device?user_code=${form.user_code}`
  return reply.page(
    'consent',
    {
      clientName: client.client_name || client.client_id,
      clientId: client.client_id,
      redirectHost: '',
      redirectKind: 'web',
      registeredBy: client.registration,
      registeredAt: client.created_at,
      user: { name: session.name, email: session.email, role: session.role },
      groups: notice?.problem ? boxes.map((box) => ({ ...box, checked: false })) : boxes,
      form: handle,
      action: '/device',
      switchAccount: `/login?return_to=${encodeURIComponent(here)}`,
      device: {
        userCode: form.user_code,
        address: code.ip_address ?? 'unknown',
        userAgent: code.user_agent ?? '',
        askedAt: code.created_at
      },
      ...(notice?.problem && { problem: notice.problem.text })
    },
    notice?.status
  )
}

/** What was decided, in this browser. Throws PageError. */
export function showDecision(
  app: FastifyInstance,
  reply: FastifyReply,
  session: Session,
  signed: string
): FastifyReply {
  const decided = app.seal.verify<Decided>('device-decided', signed, SECONDS)
  if (decided?.session_hash !== session.session_hash) {
    throw new PageError(
      404,
      'This page is gone',
      'Look at the device: it says whether it is connected.',
      {
        reason: 'user_code_used',
        link: { href: '/', text: 'Your account' }
      }
    )
  }
  const { clientName, approved } = decided
  return reply.page('device-decided', { clientName, approved })
}
