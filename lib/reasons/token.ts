import {
  CONNECT_AGAIN,
  APP_FAULT,
  CODE_LOST,
  NOTHING_TO_DO,
  NEW_CODE,
  type ReasonExplanation
} from './explanation.ts'

/**
 * Reasons that concern what is asked of the token endpoint: codes, refresh tokens, device codes.
 */
export const tokenReasons: Record<string, ReasonExplanation> = {
  // The token endpoint: what is asked
  dpop_key_differs: {
    why: 'The token or code is bound to a key of the app, and the request was not signed with it, or was signed for a token that is not bound.',
    fix: 'Connect the app again; if nobody moved or reinstalled it, somebody may hold a copy of its token: revoke the app first.'
  },
  dpop_nonce_wrong: {
    why: 'The proof of the app had no nonce of this server, or an old one, as that of the first request.',
    fix: 'The app sends it again with the nonce of the answer; if it does not, turn DPoP off in the app.'
  },
  dpop_proof_missing: {
    why: 'The app is registered for tokens that are bound to a key (dpop_bound_access_tokens), and sent no proof of one.',
    fix: 'Turn DPoP on in the app, or let it register anew without.'
  },
  dpop_proof_used: {
    why: 'The proof that the app signed for a request was used before; each is good once.',
    fix: APP_FAULT
  },
  dpop_proof_wrong: {
    why: 'The proof that the app signed for its request (DPoP) is malformed, for another address or token, or not of this time.',
    fix: 'Check that the clocks of the app and of this server are right, and that PUBLIC_URL is the address that the app uses.'
  },
  grant_type_missing: {
    why: 'The token request does not say by which grant it asks.',
    fix: APP_FAULT
  },
  grant_type_not_registered: {
    why: 'The app is not registered for the device flow.',
    fix: 'Register an app for it with npx kagura client create --name NAME --device, or let it register itself.'
  },
  malformed_parameter: { why: 'A parameter holds bytes that are no text.', fix: APP_FAULT },
  method_not_allowed: {
    why: 'The endpoint was asked by another method than POST.',
    fix: 'Check that no redirect on the way turns POST into GET, such as from http to https.'
  },
  not_a_form: {
    why: 'The token request was not sent as a form.',
    fix: 'Let the app send application/x-www-form-urlencoded.'
  },
  repeated_parameter: { why: 'A parameter was sent more than once.', fix: APP_FAULT },
  secret_in_url: {
    why: 'A secret stood in the URL, where logs keep it.',
    fix: 'Replace that secret or token, and let the app send it in the body.'
  },
  unsupported_grant_type: {
    why: 'The app asked by a grant that this server does not have.',
    fix: 'Set the app to the authorization code flow with refresh tokens.'
  },
  refusal_limit: {
    why: 'This app was refused more than 60 times in a minute from one address, and was told to wait.',
    fix: 'It retries a dead token or code: remove the connector in the app and add it again.'
  },

  // Codes
  code_expired: {
    why: 'The authorization code was older than ten minutes, or had five wrong verifiers.',
    fix: CODE_LOST
  },
  code_missing: { why: 'The token request has no authorization code.', fix: APP_FAULT },
  code_of_another_client: {
    why: 'The authorization code was made for another app.',
    fix: CODE_LOST
  },
  code_replay: {
    why: 'An authorization code was redeemed a second time with everything right, so it may be stolen, and the access was ended.',
    fix: 'Connect the app again; if you did not retry anything, look for who else reads its traffic.'
  },
  code_unknown: {
    why: 'There is no such authorization code; it may have come from another server or been cut on the way.',
    fix: CODE_LOST
  },
  code_used: { why: 'The authorization code was redeemed already.', fix: CODE_LOST },
  code_verifier_malformed: {
    why: 'The PKCE verifier is not of 43 to 128 allowed characters.',
    fix: APP_FAULT
  },
  code_verifier_missing: {
    why: 'The authorization request had a PKCE challenge, and the token request no verifier.',
    fix: APP_FAULT
  },
  code_verifier_wrong: {
    why: 'The PKCE verifier does not belong to the challenge: another window or another start of the app asked for the code.',
    fix: 'Connect the app again in one go, in one window.'
  },
  invalid_grant: { why: 'The code or token that was presented is not valid.', fix: CONNECT_AGAIN },
  pkce_downgrade: {
    why: 'A verifier was sent although the authorization request had no PKCE challenge.',
    fix: 'Look whether something on the way removes code_challenge; let the app send it.'
  },
  pkce_required: {
    why: 'This app must use PKCE, and the code was made without.',
    fix: 'Let the app send code_challenge with S256.'
  },

  // Refresh tokens and grants
  grant_revoked: {
    why: 'The access that the app had was revoked, or the person was disabled.',
    fix: CONNECT_AGAIN
  },
  refresh_token_expired: {
    why: 'The refresh token was not used for longer than REFRESH_TOKEN_DAYS.',
    fix: CONNECT_AGAIN
  },
  refresh_token_missing: { why: 'The token request has no refresh token.', fix: APP_FAULT },
  refresh_token_of_another_client: {
    why: 'The refresh token was issued to another app.',
    fix: CONNECT_AGAIN
  },
  refresh_token_reuse: {
    why: 'A refresh token was used again long after its successor was made, so it may be stolen, and the access was ended.',
    fix: 'Connect the app again; if it works from a restored backup or on two machines with one state, separate them.'
  },
  refresh_token_unknown: {
    why: 'There is no such refresh token here; it may be of another server, or of an access that was ended long ago.',
    fix: CONNECT_AGAIN
  },
  retry_scope_differs: {
    why: 'A repeated refresh asked for another scope than the one it repeats.',
    fix: 'Let the app refresh with the newest refresh token that it got.'
  },
  revoked_by_command: {
    why: 'An operator ended this access with the kagura command.',
    fix: NOTHING_TO_DO
  },
  revoked_by_user: { why: 'The person ended this access on the account page.', fix: NOTHING_TO_DO },

  // The device flow
  authorization_pending: {
    why: 'The device asked before the person had decided.',
    fix: 'Enter the code that the device shows on the page /device, and decide.'
  },
  device_code_expired: { why: 'Nobody decided within 15 minutes.', fix: NEW_CODE },
  device_code_missing: { why: 'The token request has no device code.', fix: APP_FAULT },
  device_code_of_another_client: {
    why: 'The device code was issued to another app.',
    fix: NEW_CODE
  },
  device_code_unknown: {
    why: 'There is no such device code, or it expired more than an hour ago.',
    fix: NEW_CODE
  },
  device_code_used: {
    why: 'The device has had its tokens for this code already.',
    fix: 'If the answer was lost on the way, start again on the device.'
  },
  device_denied: {
    why: 'The person said no to the device.',
    fix: 'If that was a mistake, start again on the device and approve.'
  },
  expired_token: { why: 'Nobody decided within 15 minutes.', fix: NEW_CODE },
  slow_down: {
    why: 'The device asked sooner than its interval allows.',
    fix: 'Let it wait five seconds longer after each such answer.'
  },
  user_code_expired: { why: 'The code that was entered is older than 15 minutes.', fix: NEW_CODE },
  user_code_unknown: {
    why: 'There is no such code: it was mistyped, guessed, or expired more than an hour ago.',
    fix: 'Compare it with what the device shows; a code that somebody sent you should not be entered at all.'
  },
  user_code_used: { why: 'The code that was entered had been decided on already.', fix: NEW_CODE }
}
