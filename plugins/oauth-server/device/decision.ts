import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Client, touchClient } from '../../../db/oauth/clients.ts'
import {
  approveDeviceCode,
  denyDeviceCode,
  findDeviceCodeByHash,
  type PresentedDeviceCode
} from '../../../db/oauth/device-codes.ts'
import { insertGrant } from '../../../db/oauth/grants.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { groupsOf, intersection, narrowScope, scopeOf } from '../../../tools/scopes.ts'
import { PageError } from '../../../lib/errors.ts'
import type { Parameters } from '../../form-parameters.ts'
import { resolveClient } from '../client/client.ts'
import { tickedGroups } from '../authorize/consent.ts'
import { noneTickedText } from '../authorize/consent-page.ts'

/**
 * What the consent form for another device carries, signed: which request, for this person in this
 * browser.
 */
export interface DeviceForm {
  device_code_hash: string
  user_code: string
  scope: string
  user_id: string
  session_hash: string
}

/** As long as a code lives. */
export const SECONDS = 900
const another = { href: '/device', text: 'Enter another code' }

/** Undoes a grant whose code was decided on at the same instant. */
class AlreadyDecided extends Error {}

/** Throws PageError 410 when there is nothing left to decide. */
export function requireUndecided(code: PresentedDeviceCode): void {
  if (code.grant_id !== null || code.denied_at || code.used_at) {
    throw new PageError(
      410,
      'This code was used already',
      'Each code works once. If the device still waits, let it show a new one.',
      { reason: 'user_code_used', link: another }
    )
  }
  if (code.expired) {
    throw new PageError(
      410,
      'This code has expired',
      'It works for 15 minutes. Let the device show a new one.',
      { reason: 'user_code_expired', link: another }
    )
  }
}

/** The app that asks, as it is registered now. Throws PageError 400. */
export async function requireClient(
  app: FastifyInstance,
  code: PresentedDeviceCode
): Promise<Client> {
  const client = await resolveClient(app, code.client_id)
  if (!client || client.disabled_at || groupsOf(narrowScope(code.scope, client.scope)).size === 0) {
    throw new PageError(
      400,
      'This app is not allowed here',
      'It was disabled, or may have nothing of what it asks for.',
      { reason: client?.disabled_at ? 'client_disabled' : 'client_without_scope' }
    )
  }
  return client
}

/** The decision of the person at the screen; sending it twice is the same as once. */
export async function decideOnDevice(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  {
    session,
    handle,
    answer
  }: {
    session: Session
    handle: string
    answer: Parameters
  }
): Promise<FastifyReply> {
  const { form, code } = await requireDeviceForm(app, session, handle)
  const client = await requireClient(app, code)
  const ticked = tickedGroups(form, answer)
  const approved = answer.get('decision') === 'approve'
  if (approved && ticked.size === 0) {
    const problem = { form: 'consent', field: 'scope', text: noneTickedText }
    await app.notices.leave(session, 'device', { problem, status: 400 })
    return redirect(reply, `/device?form=${encodeURIComponent(handle)}`)
  }
  const noted = { user_id: session.user_id, client_id: client.client_id }

  if (!isDecided(code, session, approved)) {
    requireUndecided(code)
    if (approved) {
      const allowed = intersection(ticked, groupsOf(client.scope))
      const scope = allowed.size === groupsOf(form.scope).size ? form.scope : scopeOf(allowed)
      const grantId = await approve(app, code, { ...noted, resource: code.resource, scope })
      if (grantId) {
        await request.audit('oauth.device.approved', {
          ...noted,
          grant_id: grantId,
          details: { scope }
        })
      }
    } else if (await denyDeviceCode(app.db, code.device_code_hash)) {
      await request.audit('oauth.device.denied', { ...noted, reason: 'access_denied' })
    }
    const now = await findDeviceCodeByHash(app.db, form.device_code_hash)
    if (!now || !isDecided(now, session, approved)) {
      requireUndecided(now ?? { ...code, expired: true })
    }
  }
  const clientName = client.client_name || client.client_id
  const decided = { session_hash: session.session_hash, clientName, approved }
  const signed = app.seal.sign('device-decided', decided)
  return redirect(reply, `/device?decided=${encodeURIComponent(signed)}`)
}

function redirect(reply: FastifyReply, path: string): FastifyReply {
  return reply.header('cache-control', 'no-store').redirect(path, 303)
}

/** The form of this person in this browser, and its code as it is now. Throws PageError. */
export async function requireDeviceForm(
  app: FastifyInstance,
  session: Session,
  handle: string
): Promise<{ form: DeviceForm; code: PresentedDeviceCode }> {
  const form = app.seal.verify<DeviceForm>('device', handle, SECONDS)
  if (!form) {
    const text = 'This form has expired. Please start again from the app.'
    throw new PageError(403, 'This form is no longer valid', text, {
      reason: 'consent_form_invalid',
      link: another
    })
  }
  requireSamePerson(form, session)
  const code = await findDeviceCodeByHash(app.db, form.device_code_hash)
  if (!code) {
    throw new PageError(
      410,
      'This code has expired',
      'It works for 15 minutes. Let the device show a new one.',
      { reason: 'user_code_expired', link: another }
    )
  }
  return { form, code }
}

function requireSamePerson(form: DeviceForm, session: Session): void {
  if (form.user_id === session.user_id && form.session_hash === session.session_hash) return
  throw new PageError(
    403,
    'Account changed',
    `You are now signed in as ${session.email}, or signed in anew since this page was opened. Nothing was approved.`,
    {
      reason: 'account_changed',
      link: { href: `/device?user_code=${form.user_code}`, text: 'Look at the request again' }
    }
  )
}

/** Whether this very decision stands already: a double click, or Back. */
function isDecided(code: PresentedDeviceCode, session: Session, approved: boolean): boolean {
  return approved ? code.grant_live && code.user_id === session.user_id : code.denied_at !== null
}

/**
 * The grant's id; undefined when the code was decided on, or ran out, meanwhile. Throws PageError
 * when the client is gone.
 */
async function approve(
  app: FastifyInstance,
  code: PresentedDeviceCode,
  grant: { user_id: string; client_id: string; resource: string; scope: string }
): Promise<string | undefined> {
  try {
    return await app.db.transaction().execute(async (trx) => {
      await touchClient(trx, grant.client_id) // first: it keeps the client from being cleared away meanwhile
      const grantId = await insertGrant(trx, grant)
      if (!(await approveDeviceCode(trx, code.device_code_hash, grantId))) {
        throw new AlreadyDecided()
      }
      return grantId
    })
  } catch (error) {
    if (error instanceof AlreadyDecided) return undefined
    await requireClient(app, code) // which may have been deleted at the same instant
    throw error
  }
}
