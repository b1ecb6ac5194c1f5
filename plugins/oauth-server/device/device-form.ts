import type { FastifyInstance } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import { findDeviceCodeByHash, type PresentedDeviceCode } from '../../../db/oauth/device-codes.ts'
import type { Session } from '../../../db/people/sessions.ts'
import type { PageError } from '../../../lib/errors.ts'
import { narrowScope, permissionsOf } from '../../../tools/scopes.ts'
import {
  requireSamePerson,
  requireSignedForm,
  type SignedConsent
} from '../authorize/consent-form.ts'
import { resolveClient } from '../client/client.ts'
import { pageFault } from '../../error-handler/page-fault.ts'

/**
 * What the consent form for another device carries, signed: which request, for this person in this
 * session.
 */
export interface DeviceForm extends SignedConsent {
  device_code_hash: string
  user_code: string
}

/** As long as a device code lives. */
export const FORM_SECONDS = 900

/** Where a person enters another code. */
const CODE_PATH = '/device'

/** The form of this person in this session, and its code as it is now. Throws PageError. */
export async function requireDeviceForm(
  app: FastifyInstance,
  session: Session,
  signedForm: string
): Promise<{ deviceForm: DeviceForm; deviceCode: PresentedDeviceCode }> {
  const deviceForm = requireSignedForm<DeviceForm>(app, 'device', signedForm, {
    seconds: FORM_SECONDS,
    href: CODE_PATH
  })
  requireSamePerson(deviceForm, session, deviceConsentPath(deviceForm.user_code))
  const deviceCode = await findDeviceCodeByHash(app.db, deviceForm.device_code_hash)
  if (!deviceCode) throw expiredCodePage()
  return { deviceForm, deviceCode }
}

/** Where a person enters this code again. */
export function deviceConsentPath(userCode: string): string {
  return `/device?user_code=${userCode}`
}

/** There is still something to decide. Throws PageError 410. */
export function requireUndecided(deviceCode: PresentedDeviceCode): void {
  if (deviceCode.grant_id !== null || deviceCode.denied_at || deviceCode.used_at) {
    throw pageFault(410, 'usedCode', { reason: 'user_code_used', href: CODE_PATH })
  }
  if (deviceCode.expired) throw expiredCodePage()
}

export function expiredCodePage(): PageError {
  return pageFault(410, 'expiredCode', { reason: 'user_code_expired', href: CODE_PATH })
}

/** The app that asks, as it is registered now. Throws PageError 400. */
export async function requireDeviceClient(
  app: FastifyInstance,
  deviceCode: PresentedDeviceCode
): Promise<Client> {
  const client = await resolveClient(app, deviceCode.client_id)
  const isUsable = client && !client.disabled_at
  if (isUsable && permissionsOf(narrowScope(deviceCode.scope, client.scope)).size > 0) return client
  throw pageFault(400, 'appNotAllowed', {
    reason: client?.disabled_at ? 'client_disabled' : 'client_without_scope'
  })
}
