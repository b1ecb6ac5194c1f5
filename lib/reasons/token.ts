import {
  CONNECT_AGAIN,
  APP_FAULT,
  CODE_LOST,
  NOTHING_TO_DO,
  NEW_CODE,
  type ReasonExplanation
} from './explanation.ts'
import { commandName } from '../command-name.ts'

/** Reasons of the token endpoint: codes, refresh tokens and device codes. */
export const tokenReasons: Record<string, ReasonExplanation> = {
  // The token request
  dpop_key_differs: {
    why: 'The DPoP key of the request is not the key that the token or code is bound to.',
    fix:
      'Connect the app again. If the app was not moved or reinstalled, its token may be stolen: ' +
      'revoke the app first.'
  },
  dpop_nonce_wrong: {
    why: 'The DPoP proof has no current nonce of this server, as in a first request.',
    fix:
      'The app must repeat the request with the nonce of the answer. If it does not, turn ' +
      'DPoP off.'
  },
  dpop_proof_missing: {
    why: 'The app is registered with dpop_bound_access_tokens but sent no DPoP proof.',
    fix: 'Turn DPoP on in the app, or register it again without.'
  },
  dpop_proof_used: {
    why: 'The app reused a DPoP proof. Each one works once.',
    fix: APP_FAULT
  },
  dpop_proof_wrong: {
    why: 'The DPoP proof is malformed or outdated, or is for another address or token.',
    fix:
      'Check the clocks of the app and of this server. PUBLIC_URL must be the address that ' +
      'the app uses.'
  },
  grant_type_missing: {
    why: 'The token request has no grant_type.',
    fix: APP_FAULT
  },
  grant_type_not_registered: {
    why: 'The app is not registered for the device flow.',
    fix:
      `Register an app with ${commandName} client create --name NAME --device, or let it ` +
      'register itself.'
  },
  malformed_parameter: { why: 'A parameter is not valid text.', fix: APP_FAULT },
  method_not_allowed: {
    why: 'The request did not use POST.',
    fix: 'Check that no redirect turns POST into GET, for example from http to https.'
  },
  not_a_form: {
    why: 'The token request is not a form.',
    fix: 'The app must send application/x-www-form-urlencoded.'
  },
  repeated_parameter: { why: 'A parameter was sent more than once.', fix: APP_FAULT },
  secret_in_url: {
    why: 'The URL contained a secret. Logs keep URLs.',
    fix: 'Replace that secret or token. The app must send it in the body.'
  },
  unsupported_grant_type: {
    why: 'This server does not support the grant type.',
    fix: 'Set the app to the authorization code flow with refresh tokens.'
  },
  refusal_limit: {
    why: 'The server refused this app more than 60 times in a minute from one address.',
    fix: 'The app retries an invalid token or code. Remove its connector and add it again.'
  },

  // Codes
  code_expired: {
    why: 'The code is older than ten minutes, or was tried with five wrong verifiers.',
    fix: CODE_LOST
  },
  code_missing: { why: 'The token request has no authorization code.', fix: APP_FAULT },
  code_of_another_client: {
    why: 'The authorization code belongs to another app.',
    fix: CODE_LOST
  },
  code_replay: {
    why: 'A valid code was redeemed twice. It may be stolen, so the server ended the access.',
    fix: 'Connect the app again. If you did not retry, check who can read its traffic.'
  },
  code_unknown: {
    why: 'The authorization code does not exist here. It may be cut off, or from another server.',
    fix: CODE_LOST
  },
  code_used: { why: 'The authorization code was already redeemed.', fix: CODE_LOST },
  code_verifier_malformed: {
    why: 'The PKCE verifier does not consist of 43 to 128 allowed characters.',
    fix: APP_FAULT
  },
  code_verifier_missing: {
    why: 'The authorization request had a PKCE challenge, but the token request has no verifier.',
    fix: APP_FAULT
  },
  code_verifier_wrong: {
    why: 'The PKCE verifier does not match. Another window of the app may have requested the code.',
    fix: 'Connect the app again without interruption, in one window.'
  },
  invalid_grant: { why: 'The code or token is not valid.', fix: CONNECT_AGAIN },
  pkce_downgrade: {
    why: 'The app sent a verifier, but the authorization request had no PKCE challenge.',
    fix: 'Check whether a proxy removes code_challenge. The app must send it.'
  },
  pkce_required: {
    why: 'This app must use PKCE, but the code was issued without it.',
    fix: 'The app must send code_challenge with S256.'
  },

  // Refresh tokens and grants
  grant_revoked: {
    why: 'The access of the app was revoked, or the user was disabled.',
    fix: CONNECT_AGAIN
  },
  refresh_token_expired: {
    why: 'The refresh token was unused for longer than REFRESH_TOKEN_DAYS.',
    fix: CONNECT_AGAIN
  },
  refresh_token_missing: { why: 'The token request has no refresh token.', fix: APP_FAULT },
  refresh_token_of_another_client: {
    why: 'The refresh token belongs to another app.',
    fix: CONNECT_AGAIN
  },
  refresh_token_reuse: {
    why:
      'A replaced refresh token was used again. It may be stolen, so the server ended the ' +
      'access.',
    fix:
      'Connect the app again. Do not share its state between machines or restore it from a ' +
      'backup.'
  },
  refresh_token_unknown: {
    why: 'The refresh token does not exist here. It may be very old, or from another server.',
    fix: CONNECT_AGAIN
  },
  retry_scope_differs: {
    why: 'The app repeated a refresh with another scope.',
    fix: 'The app must use its newest refresh token.'
  },
  revoked_by_command: {
    why: 'An operator ended this access with the kagura command.',
    fix: NOTHING_TO_DO
  },
  revoked_by_user: {
    why: 'The person ended this access on the page Apps & keys.',
    fix: NOTHING_TO_DO
  },

  // The device flow
  authorization_pending: {
    why: 'The person has not decided yet.',
    fix: 'Open /device, enter the code that the device shows, and decide.'
  },
  device_code_expired: { why: 'No one decided within 15 minutes.', fix: NEW_CODE },
  device_code_missing: { why: 'The token request has no device code.', fix: APP_FAULT },
  device_code_of_another_client: {
    why: 'The device code belongs to another app.',
    fix: NEW_CODE
  },
  device_code_unknown: {
    why: 'The device code does not exist, or expired more than an hour ago.',
    fix: NEW_CODE
  },
  device_code_used: {
    why: 'The device already received tokens for this code.',
    fix: 'If the answer was lost, start again on the device.'
  },
  device_denied: {
    why: 'The person denied the device.',
    fix: 'If that was a mistake, start again on the device and approve.'
  },
  expired_token: { why: 'No one decided within 15 minutes.', fix: NEW_CODE },
  slow_down: {
    why: 'The device polled faster than its interval allows.',
    fix: 'The device must wait five seconds longer after each such answer.'
  },
  user_code_expired: { why: 'The entered code is older than 15 minutes.', fix: NEW_CODE },
  user_code_unknown: {
    why:
      'The entered code does not exist. It was mistyped or guessed, or expired over an hour ' +
      'ago.',
    fix: 'Compare it with the code on the device. Never enter a code that someone sent you.'
  },
  user_code_used: { why: 'The entered code was already decided on.', fix: NEW_CODE }
}
