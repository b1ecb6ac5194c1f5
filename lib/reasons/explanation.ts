/** What a reason of the audit log means, one sentence each: what happened, and what to do. */
export interface ReasonExplanation {
  why: string
  fix: string
}

export const CONNECT_AGAIN =
  'Connect the app again: it sends the person through sign-in and consent.'
export const APP_FAULT =
  'The app sends a request that it should not; report it to its maker, or use another app.'
export const CODE_LOST =
  'Connect the app again; a code works once, within ten minutes, for the app and address it was made for.'
export const DOCUMENT_FAULT =
  'The maker of the app has to mend its document; until then an administrator can register the app: npx kagura client create --name NAME --redirect-uri ADDRESS.'
export const NOTHING_TO_DO = 'There is nothing to do, unless it was not you or your administrator.'
export const NEW_CODE = 'Let the device show a new code, and enter it within 15 minutes.'
export const SHOW_CLIENT =
  'Compare the registration with what the app is set to: npx kagura client show ID.'
