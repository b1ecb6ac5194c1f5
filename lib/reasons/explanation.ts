import { commandName } from '../command-name.ts'

/** Explains a reason of the audit log: one sentence on what happened, one on what to do. */
export interface ReasonExplanation {
  why: string
  fix: string
}

export const CONNECT_AGAIN = 'Connect the app again; it leads through sign-in and consent.'
export const APP_FAULT =
  'The app sends a wrong request. Report it to its maker, or use another app.'
export const CODE_LOST =
  'Connect the app again. A code works once, within ten minutes, for one app and one address.'
export const DOCUMENT_FAULT =
  'The maker of the app must correct its document. Until then an administrator can register the ' +
  `app: ${commandName} client create --name NAME --redirect-uri ADDRESS.`
export const NOTHING_TO_DO = 'Nothing to do, if you or your administrator did this.'
export const NEW_CODE = 'Start again on the device, and enter its new code within 15 minutes.'
export const SHOW_CLIENT = `Compare the registration with the settings of the app: ${commandName} client show ID.`
