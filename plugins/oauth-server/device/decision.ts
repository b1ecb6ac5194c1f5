import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Client, touchClient } from '../../../db/oauth/clients.ts'
import {
  approveDeviceCode,
  denyDeviceCode,
  findDeviceCodeByHash,
  type PresentedDeviceCode
} from '../../../db/oauth/device-codes.ts'
import { insertGrant, type NewGrant } from '../../../db/oauth/grants.ts'
import type { Session } from '../../../db/people/sessions.ts'
import type { AccessLimits } from '../../../db/schema/index.ts'
import { commonGroups, type Permission, permissionsOf } from '../../../tools/scopes.ts'
import type { Parameters } from '../../form-parameters.ts'
import { approvedScope, NONE_TICKED, tickedPermissions } from '../authorize/consent-form.ts'
import { displayName } from '../client/client.ts'
import { limitDetails, limitFault, readLimits, typedChoice } from '../limit-choice.ts'
import {
  type DeviceForm,
  expiredCodePage,
  requireDeviceClient,
  requireDeviceForm,
  requireUndecided
} from './device-form.ts'

interface DeviceDecision {
  client: Client
  session: Session
  deviceForm: DeviceForm
  deviceCode: PresentedDeviceCode
  isApproved: boolean
  ticked: ReadonlySet<Permission>
  limits: AccessLimits
}

/** Rolls a grant back whose code was decided on at the same instant. */
class AlreadyDecidedError extends Error {
  override readonly name = 'AlreadyDecidedError'
}

/**
 * Takes the decision of the person at the screen. Sending it twice has the effect of sending it
 * once. Throws PageError.
 */
export async function decideOnDevice(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  { session, signedForm, answer }: { session: Session; signedForm: string; answer: Parameters }
): Promise<FastifyReply> {
  const { deviceForm, deviceCode } = await requireDeviceForm(app, session, signedForm)
  const client = await requireDeviceClient(app, deviceCode)
  const ticked = tickedPermissions(deviceForm, answer)
  const limits = readLimits(answer)
  const isApproved = answer.get('decision') === 'approve'
  const fault = limitFault(limits, approvedScope(deviceForm.scope, ticked))
  if (isApproved && (ticked.size === 0 || fault)) {
    const text = ticked.size > 0 && fault ? request.texts.limits[fault] : NONE_TICKED
    const problem = { form: 'consent', field: 'scope', text }
    const typed = { scope: answer.all('scope'), limits: typedChoice(answer) }
    await app.notices.leave(session, 'device', { problem, typed, status: 400 })
    return redirectTo(reply, `/device?form=${encodeURIComponent(signedForm)}`)
  }
  if (!isDecided(deviceCode, session, isApproved)) {
    requireUndecided(deviceCode)
    const decision = { client, session, deviceForm, deviceCode, isApproved, ticked, limits }
    await (isApproved ? storeApproval(app, request, decision) : storeDenial(app, request, decision))
    await requireDecided(app, decision)
  }
  const { session_hash } = session
  const decided = { session_hash, clientName: displayName(client), approved: isApproved }
  const signedDecision = app.seal.sign('device-decided', decided)
  return redirectTo(reply, `/device?decided=${encodeURIComponent(signedDecision)}`)
}

function redirectTo(reply: FastifyReply, path: string): FastifyReply {
  return reply.header('cache-control', 'no-store').redirect(path, 303)
}

/** Whether this very decision is stored already: a double click, or Back. */
function isDecided(
  deviceCode: PresentedDeviceCode,
  session: Session,
  isApproved: boolean
): boolean {
  return isApproved
    ? deviceCode.grant_live && deviceCode.user_id === session.user_id
    : deviceCode.denied_at !== null
}

/** Another request may have decided otherwise at the same instant. Throws PageError 410. */
async function requireDecided(
  app: FastifyInstance,
  { deviceForm, session, isApproved }: DeviceDecision
): Promise<void> {
  const currentCode = await findDeviceCodeByHash(app.db, deviceForm.device_code_hash)
  if (currentCode && isDecided(currentCode, session, isApproved)) return
  if (currentCode) requireUndecided(currentCode)
  else throw expiredCodePage()
}

async function storeApproval(
  app: FastifyInstance,
  request: FastifyRequest,
  { client, session, deviceForm, deviceCode, ticked, limits }: DeviceDecision
): Promise<void> {
  const allowed = commonGroups(ticked, permissionsOf(client.scope))
  const scope = approvedScope(deviceForm.scope, allowed)
  const grantParties = { user_id: session.user_id, client_id: client.client_id }
  const { resource, ip_address, user_agent } = deviceCode
  const grant = { ...grantParties, resource, scope, ip_address, user_agent, ...limits }
  const grantId = await insertDeviceGrant(app, deviceCode, grant)
  if (grantId === undefined) return
  await request.audit('oauth.device.approved', {
    ...grantParties,
    grant_id: grantId,
    details: { scope, ...limitDetails(limits) }
  })
}

async function storeDenial(
  app: FastifyInstance,
  request: FastifyRequest,
  { client, session, deviceCode }: DeviceDecision
): Promise<void> {
  if (!(await denyDeviceCode(app.db, deviceCode.device_code_hash))) return
  await request.audit('oauth.device.denied', {
    user_id: session.user_id,
    client_id: client.client_id,
    reason: 'access_denied'
  })
}

/**
 * The id of the new grant; undefined when the code was decided on, or expired, meanwhile. Throws
 * PageError when the client is gone.
 */
async function insertDeviceGrant(
  app: FastifyInstance,
  deviceCode: PresentedDeviceCode,
  grant: NewGrant
): Promise<string | undefined> {
  try {
    return await app.db.transaction().execute(async (trx) => {
      // First, because it keeps maintenance from deleting the client meanwhile.
      await touchClient(trx, grant.client_id)
      const grantId = await insertGrant(trx, grant)
      if (!(await approveDeviceCode(trx, deviceCode.device_code_hash, grantId))) {
        throw new AlreadyDecidedError()
      }
      return grantId
    })
  } catch (error) {
    if (error instanceof AlreadyDecidedError) return undefined
    await requireDeviceClient(app, deviceCode) // It may have been deleted at the same instant.
    throw error
  }
}
