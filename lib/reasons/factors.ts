import { NOTHING_TO_DO, type ReasonExplanation } from './explanation.ts'
import { commandName } from '../command-name.ts'

const SIGN_IN_AGAIN = 'Sign in again from the sign-in page of this server.'
const WATCH_IT = 'Try again. If it was not you, remove the passkey under Settings, Security.'

/** Reasons of passkeys, second factors and the OpenID Connect provider. */
export const factorReasons: Record<string, ReasonExplanation> = {
  wrong_code: {
    why: 'The code of the authenticator app, or the recovery code, was wrong.',
    fix:
      'Enter the code that the app shows now, and check the clock of the phone. For a lost app: ' +
      `${commandName} user reset-second-factor EMAIL.`
  },
  used_code: {
    why: 'The code of the authenticator app was used before; each counts once.',
    fix: 'Wait for the next code, at most 30 seconds.'
  },
  unknown_passkey: {
    why: 'Nobody here has the passkey that the browser used, or another person has it.',
    fix: 'Sign in with the password, and add a passkey under Settings, Security.'
  },
  wrong_challenge: {
    why: 'The passkey signed another challenge than the one of this browser, or an expired one.',
    fix: 'Open the page again; a challenge is valid for five minutes.'
  },
  used_challenge: {
    why: 'The passkey signed a challenge that was used before: somebody sent an answer again.',
    fix: WATCH_IT
  },
  wrong_origin: {
    why: 'The passkey was used on a page of another address than PUBLIC_URL.',
    fix: 'Open the server at PUBLIC_URL. If another site asked for the passkey, it is a fraud.'
  },
  unverified_person: {
    why: 'The device did not check the person by a finger, a face or a PIN.',
    fix: 'Set a PIN for the security key, and try again.'
  },
  wrong_passkey: {
    why: 'The answer of the browser was not a valid signature of a passkey.',
    fix: WATCH_IT
  },
  copied_passkey: {
    why: 'The counter of the passkey did not rise, which means that its device was copied.',
    fix: 'Remove the passkey under Settings, Security, and create another one.'
  },
  known_passkey: {
    why: 'The passkey that the browser created is registered already.',
    fix: 'Use it to sign in, or remove it first.'
  },
  oidc_wrong_state: {
    why: 'The answer of the provider belongs to no sign-in of this browser, or it was used before.',
    fix: SIGN_IN_AGAIN
  },
  oidc_wrong_nonce: {
    why: 'The id token of the provider belongs to another sign-in.',
    fix: SIGN_IN_AGAIN
  },
  oidc_wrong_issuer: {
    why: 'The answer came from another provider than the one of OIDC_ISSUER.',
    fix: 'Compare OIDC_ISSUER with the issuer in the metadata of the provider.'
  },
  oidc_wrong_answer: {
    why: 'The answer of the provider was not valid.',
    fix: 'The log has the error under the request id. Compare the OIDC_ settings with the provider.'
  },
  oidc_token_refused: {
    why: 'The provider refused the code or the client secret.',
    fix: 'Compare OIDC_CLIENT_ID and OIDC_CLIENT_SECRET with the registration at the provider.'
  },
  oidc_unreachable: {
    why: 'The server could not reach the provider.',
    fix: 'Open OIDC_ISSUER with /.well-known/openid-configuration from the machine of the server.'
  },
  oidc_denied: {
    why: 'The provider or the person refused the sign-in there.',
    fix: 'Look into the log of the provider, and whether the person may use this application.'
  },
  oidc_old_sign_in: {
    why: 'The provider did not ask the person to sign in again.',
    fix: 'Sign out at the provider, or prove it with a password or a passkey.'
  },
  oidc_no_email: {
    why: 'The provider did not tell the email address of the person.',
    fix: 'Let the provider put the claim email into the id token for the scope email.'
  },
  oidc_email_unverified: {
    why: 'The provider does not say that the email address of the person is verified.',
    fix: 'Verify it at the provider. It must send email_verified, or xms_edov if it is Microsoft.'
  },
  oidc_email_denied: {
    why: 'The email address is in neither OIDC_ALLOWED_EMAILS nor OIDC_ALLOWED_DOMAINS.',
    fix: 'Add it there, if this person may sign in, and restart the server.'
  },
  oidc_subject_changed: {
    why: 'Another account of the provider with the same address is linked to the person.',
    fix: 'The person signs in with the password and unlinks it under Settings, Security.'
  },
  oidc_no_account: {
    why: 'No account here has the email address, and OIDC_SIGN_UP is not set.',
    fix: `Create the account: ${commandName} user create --email EMAIL. Or set OIDC_SIGN_UP=true.`
  },
  oidc_identity_taken: {
    why: 'The account of the provider is linked to another person, or the person has another one.',
    fix: 'Unlink it there first, under Settings, Security.'
  },
  oidc_another_account: {
    why: 'The person signed in at the provider with another account than the linked one.',
    fix: 'Sign out at the provider, and use the account that is linked.'
  },
  oidc_sign_up: {
    why: 'OIDC_SIGN_UP made the account at the first sign-in with the provider.',
    fix: NOTHING_TO_DO
  }
}
