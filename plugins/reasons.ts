/** What a reason of the audit log means, one sentence each: what happened, and what to do. */
export interface Explanation {
  why: string
  fix: string
}

const again = 'Connect the app again: it sends the person through sign-in and consent.'
const appFault =
  'The app sends a request that it should not; report it to its maker, or use another app.'
const codeLost =
  'Connect the app again; a code works once, within ten minutes, for the app and address it was made for.'
const documentFault =
  'The maker of the app has to mend its document; until then an administrator can register the app: npx kagura client create --name NAME --redirect-uri ADDRESS.'
const nothing = 'There is nothing to do, unless it was not you or your administrator.'
const newCode = 'Let the device show a new code, and enter it within 15 minutes.'
const showClient =
  'Compare the registration with what the app is set to: npx kagura client show ID.'

/** Every reason that the server gives; a test holds this complete. */
export const reasons: Record<string, Explanation> = {
  // The authorization endpoint and the consent page
  access_denied: {
    why: 'The person at the screen said no, or ticked no box.',
    fix: 'If that was a mistake, connect the app again and approve.'
  },
  account_changed: {
    why: 'The form was made for another sign-in than the one it came from, so nothing was approved.',
    fix: 'Open the request again from the app while signed in as the right person.'
  },
  client_disabled: {
    why: 'An administrator has disabled this app.',
    fix: 'If it should work, enable it: npx kagura client update ID --enable.'
  },
  client_id_missing: {
    why: 'The app did not say who it is: client_id is missing.',
    fix: 'Enter the client ID in the settings of the app, and begin from the app, not from this address.'
  },
  client_without_scope: {
    why: 'The app is registered for none of what it asked for.',
    fix: 'Widen its registration: npx kagura client update ID --scope "mcp:tools".'
  },
  consent_form_invalid: {
    why: 'The consent form lay open for too long, or was not made here with the present SERVER_SECRET.',
    fix: 'Connect the app again; if it happens at once, check that all nodes have the same SERVER_SECRET.'
  },
  consent_required: {
    why: 'The app asked for an answer without showing a page (prompt=none), and a person has to decide.',
    fix: 'Connect the app in the ordinary way, without prompt=none.'
  },
  cross_site_form: {
    why: 'The browser said that a form came from another site, so it was not accepted.',
    fix: 'Open the page here and try again; if it was here, check that the proxy passes Host on unchanged.'
  },
  foreign_origin: {
    why: 'A web page of an origin that is not allowed used the MCP endpoint, or the tools over REST.',
    fix: 'If you trust that page, add its origin to ALLOWED_ORIGINS.'
  },
  invalid_request: {
    why: 'The request lacks a parameter, or has one that is malformed or comes twice; the details say which.',
    fix: appFault
  },
  invalid_scope: {
    why: 'Nothing of the requested scope can be granted, or more was asked for than before.',
    fix: 'Compare what the app asks for with its registration (npx kagura client show ID), and connect it again.'
  },
  invalid_target: {
    why: 'The request names another resource than the MCP URL of this server.',
    fix: 'Give the app the MCP URL exactly as the account page shows it, and check PUBLIC_URL.'
  },
  memory_not_found: {
    why: 'The address of a memory was opened that is not in the account that is signed in.',
    fix: 'Sign in with the account whose assistant gave the address.'
  },
  login_required: {
    why: 'The app asked for an answer without showing a page (prompt=none), and nobody was signed in.',
    fix: 'Sign in here first, or connect the app in the ordinary way.'
  },
  redirect_uri_mismatch: {
    why: 'The redirect address is not one that is registered for the app, or not the one of the authorization request.',
    fix: 'If you trust the app, allow the address: npx kagura client update ID --redirect-uri ADDRESS.'
  },
  redirect_uri_missing: {
    why: 'The app did not say where to send the person back to, and not exactly one address is registered.',
    fix: showClient
  },
  request_not_supported: {
    why: 'The app sent its request as a signed object, which is not supported.',
    fix: 'Turn request objects off in the app.'
  },
  request_uri_of_another_client: {
    why: 'The pushed request that the app named was pushed by another app.',
    fix: appFault
  },
  request_uri_unknown: {
    why: 'The pushed request that the app named is not known here, or was cleared away.',
    fix: again
  },
  request_uri_not_supported: {
    why: 'The app sent a request_uri that this server did not give out.',
    fix: 'Turn pushed or signed requests off in the app.'
  },
  scope_not_offered: {
    why: 'The consent form came back with a permission that was not on it.',
    fix: 'Open the request again from the app; a form that is changed on the way is never accepted.'
  },
  unauthorized_client: {
    why: 'The app is not registered for the kind of grant that it asked for.',
    fix: showClient
  },
  unknown_client: {
    why: 'No app is registered here under that client ID.',
    fix: 'Remove the connector in the app and add it again, or compare the ID with: npx kagura client list.'
  },
  unsupported_response_type: {
    why: 'The app asked for another kind of answer than a code.',
    fix: 'Set the app to the authorization code flow.'
  },

  // The token endpoint: who asks
  client_secret_missing: {
    why: 'The app is registered with a secret and sent none.',
    fix: 'Enter the secret in the app, or make it a public client: npx kagura client update ID --auth-method none.'
  },
  client_secret_wrong: {
    why: 'The client secret is not the one that is registered, or no longer.',
    fix: 'Make a new one with npx kagura client rotate-secret ID, and enter it in the app.'
  },
  invalid_client: {
    why: 'The app could not prove who it is.',
    fix: 'Enter its client ID and secret anew, as they are registered here.'
  },
  malformed_basic: {
    why: 'The Basic credentials of the app cannot be read.',
    fix: 'Let the app send base64 of ID:SECRET, or client_secret_post.'
  },
  secret_from_public_client: {
    why: 'The app is registered without a secret and sent one.',
    fix: 'Remove the secret in the app, or give it one: npx kagura client update ID --auth-method client_secret_post.'
  },
  two_client_authentications: {
    why: 'The app sent its secret twice, in the header and in the body.',
    fix: 'Set one method in the app: client_secret_post or client_secret_basic.'
  },
  two_client_ids: {
    why: 'The client ID in the body is another than the one in the header.',
    fix: appFault
  },
  wrong_authorization_scheme: {
    why: 'The Authorization header at the token endpoint was not Basic.',
    fix: 'Set the token auth method in the app to client_secret_post or client_secret_basic.'
  },

  assertion_claim_wrong: {
    why: 'The signed assertion of the app names another app or server, lacks exp or jti, or is good for more than an hour.',
    fix: appFault
  },
  assertion_expired: {
    why: 'The signed assertion of the app had expired.',
    fix: 'Check that the clocks of the app and of this server are right.'
  },
  assertion_not_registered: {
    why: 'The app sent a signed assertion but is not registered for private_key_jwt.',
    fix: showClient
  },
  assertion_signature_wrong: {
    why: 'The assertion of the app is not signed by a key that it is registered with, or cannot be read.',
    fix: 'If the app has new keys, wait ten minutes and try again; otherwise compare its jwks with: npx kagura client show ID.'
  },
  assertion_type_wrong: {
    why: 'The app sent an assertion of another type than a JWT.',
    fix: appFault
  },
  assertion_used: {
    why: 'The signed assertion of the app was used before; each is good once.',
    fix: appFault
  },
  client_assertion_missing: {
    why: 'The app is registered with a key and sent no signed assertion.',
    fix: 'Set the app to private_key_jwt, or give it a secret: npx kagura client update ID --auth-method client_secret_post.'
  },
  client_keys_unavailable: {
    why: 'The public keys of the app could not be fetched from its jwks_uri.',
    fix: 'Try again in a minute; if it stays so, the maker of the app has to mend that address.'
  },
  client_without_keys: {
    why: 'The app is registered for private_key_jwt but has no keys.',
    fix: showClient
  },

  // A client that is described by a document at its client_id
  document_fetches_busy: {
    why: 'Too many such documents were being fetched at that moment.',
    fix: 'Try again in a minute.'
  },
  document_not_found: {
    why: 'The address of the document answered with another status than 200.',
    fix: documentFault
  },
  document_not_json: {
    why: 'The document is not JSON, or is not sent as application/json.',
    fix: documentFault
  },
  document_of_another_client: {
    why: 'The document names another client_id than its own address.',
    fix: documentFault
  },
  document_refused: {
    why: 'Something that the document says cannot be accepted; the page said what.',
    fix: documentFault
  },
  document_unreachable: {
    why: 'The document could not be fetched: its host is not public, does not answer in time, or sends too much.',
    fix: 'Try again in a few minutes. If this server may not reach the internet, set CLIENT_ID_METADATA_DOCUMENTS=false, and apps register themselves.'
  },
  document_with_secret: {
    why: 'The document contains a client secret, which everybody can read.',
    fix: documentFault
  },

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
    fix: appFault
  },
  dpop_proof_wrong: {
    why: 'The proof that the app signed for its request (DPoP) is malformed, for another address or token, or not of this time.',
    fix: 'Check that the clocks of the app and of this server are right, and that PUBLIC_URL is the address that the app uses.'
  },
  grant_type_missing: {
    why: 'The token request does not say by which grant it asks.',
    fix: appFault
  },
  grant_type_not_registered: {
    why: 'The app is not registered for the device flow.',
    fix: 'Register an app for it with npx kagura client create --name NAME --device, or let it register itself.'
  },
  malformed_parameter: { why: 'A parameter holds bytes that are no text.', fix: appFault },
  method_not_allowed: {
    why: 'The endpoint was asked by another method than POST.',
    fix: 'Check that no redirect on the way turns POST into GET, such as from http to https.'
  },
  not_a_form: {
    why: 'The token request was not sent as a form.',
    fix: 'Let the app send application/x-www-form-urlencoded.'
  },
  repeated_parameter: { why: 'A parameter was sent more than once.', fix: appFault },
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
    fix: codeLost
  },
  code_missing: { why: 'The token request has no authorization code.', fix: appFault },
  code_of_another_client: {
    why: 'The authorization code was made for another app.',
    fix: codeLost
  },
  code_replay: {
    why: 'An authorization code was redeemed a second time with everything right, so it may be stolen, and the access was ended.',
    fix: 'Connect the app again; if you did not retry anything, look for who else reads its traffic.'
  },
  code_unknown: {
    why: 'There is no such authorization code; it may have come from another server or been cut on the way.',
    fix: codeLost
  },
  code_used: { why: 'The authorization code was redeemed already.', fix: codeLost },
  code_verifier_malformed: {
    why: 'The PKCE verifier is not of 43 to 128 allowed characters.',
    fix: appFault
  },
  code_verifier_missing: {
    why: 'The authorization request had a PKCE challenge, and the token request no verifier.',
    fix: appFault
  },
  code_verifier_wrong: {
    why: 'The PKCE verifier does not belong to the challenge: another window or another start of the app asked for the code.',
    fix: 'Connect the app again in one go, in one window.'
  },
  invalid_grant: { why: 'The code or token that was presented is not valid.', fix: again },
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
    fix: again
  },
  refresh_token_expired: {
    why: 'The refresh token was not used for longer than REFRESH_TOKEN_DAYS.',
    fix: again
  },
  refresh_token_missing: { why: 'The token request has no refresh token.', fix: appFault },
  refresh_token_of_another_client: {
    why: 'The refresh token was issued to another app.',
    fix: again
  },
  refresh_token_reuse: {
    why: 'A refresh token was used again long after its successor was made, so it may be stolen, and the access was ended.',
    fix: 'Connect the app again; if it works from a restored backup or on two machines with one state, separate them.'
  },
  refresh_token_unknown: {
    why: 'There is no such refresh token here; it may be of another server, or of an access that was ended long ago.',
    fix: again
  },
  retry_scope_differs: {
    why: 'A repeated refresh asked for another scope than the one it repeats.',
    fix: 'Let the app refresh with the newest refresh token that it got.'
  },
  revoked_by_command: {
    why: 'An operator ended this access with the kagura command.',
    fix: nothing
  },
  revoked_by_user: { why: 'The person ended this access on the account page.', fix: nothing },

  // The device flow
  authorization_pending: {
    why: 'The device asked before the person had decided.',
    fix: 'Enter the code that the device shows on the page /device, and decide.'
  },
  device_code_expired: { why: 'Nobody decided within 15 minutes.', fix: newCode },
  device_code_missing: { why: 'The token request has no device code.', fix: appFault },
  device_code_of_another_client: {
    why: 'The device code was issued to another app.',
    fix: newCode
  },
  device_code_unknown: {
    why: 'There is no such device code, or it expired more than an hour ago.',
    fix: newCode
  },
  device_code_used: {
    why: 'The device has had its tokens for this code already.',
    fix: 'If the answer was lost on the way, start again on the device.'
  },
  device_denied: {
    why: 'The person said no to the device.',
    fix: 'If that was a mistake, start again on the device and approve.'
  },
  expired_token: { why: 'Nobody decided within 15 minutes.', fix: newCode },
  slow_down: {
    why: 'The device asked sooner than its interval allows.',
    fix: 'Let it wait five seconds longer after each such answer.'
  },
  user_code_expired: { why: 'The code that was entered is older than 15 minutes.', fix: newCode },
  user_code_unknown: {
    why: 'There is no such code: it was mistyped, guessed, or expired more than an hour ago.',
    fix: 'Compare it with what the device shows; a code that somebody sent you should not be entered at all.'
  },
  user_code_used: { why: 'The code that was entered had been decided on already.', fix: newCode },

  // Registration, revocation, introspection, pushed requests
  by_the_client: {
    why: 'The app changed or deleted its own registration.',
    fix: 'There is nothing to do; what it may do is still decided by the people who approve it.'
  },
  client_id_mismatch: {
    why: 'The app tried to change a registration and named another client ID in it.',
    fix: appFault
  },
  client_secret_mismatch: {
    why: 'The app tried to choose a client secret of its own.',
    fix: appFault
  },
  client_secret_throttled: {
    why: 'There were too many wrong client secrets, so the app was told to wait.',
    fix: 'Correct the secret in the app, or make a new one: npx kagura client rotate-secret ID.'
  },
  grant_types_unusable: {
    why: 'The app wanted to register for no grant by which this server gives a first token.',
    fix: appFault
  },
  initial_access_token_wrong: {
    why: 'Registration is open only to those who have the initial access token, and it was missing or wrong.',
    fix: 'Give the app that token, or register it yourself: npx kagura client create --name NAME --redirect-uri ADDRESS.'
  },
  introspection_by_public_client: {
    why: 'An app without a secret asked about a token.',
    fix: 'Use a client with a secret for introspection: npx kagura client create --name NAME --redirect-uri ADDRESS.'
  },
  invalid_client_metadata: {
    why: 'What the app said of itself when it registered cannot be accepted.',
    fix: 'Read the error_description that the app got; register it by hand if it cannot be changed: npx kagura client create --name NAME --redirect-uri ADDRESS.'
  },
  invalid_redirect_uri: {
    why: 'The app wanted to register an address that answers must not be sent to.',
    fix: 'Let it use https, http on loopback, or a scheme of its own.'
  },
  invalid_token: { why: 'The token that was sent does not open what was asked for.', fix: again },
  jwks_and_jwks_uri: {
    why: 'The app registered its keys both by value and by address.',
    fix: appFault
  },
  jwks_refused: {
    why: 'The keys that the app registered cannot be used, or hold a private part.',
    fix: 'Let it register public keys only.'
  },
  metadata_malformed: {
    why: 'A part of what the app said of itself is not of the kind it must be, such as text or a list.',
    fix: appFault
  },
  metadata_not_an_object: { why: 'The registration is not a JSON object.', fix: appFault },
  metadata_too_large: { why: 'The registration is larger than is accepted.', fix: appFault },
  metadata_too_long: {
    why: 'A part of what the app said of itself is longer than is accepted; the details say which.',
    fix: appFault
  },
  metadata_uri_not_https: {
    why: 'An address that the app gave of itself is not https.',
    fix: appFault
  },
  not_json: {
    why: 'The registration was not sent as JSON.',
    fix: 'Let the app send application/json.'
  },
  pushed_request_too_long: {
    why: 'The pushed authorization request is longer than is accepted.',
    fix: appFault
  },
  redirect_uri_refused: {
    why: 'The app wanted to register an address that answers must not be sent to.',
    fix: 'Let it use https, http on loopback, or a scheme of its own.'
  },
  redirect_uris_missing: {
    why: 'The app registered without an address to send people back to.',
    fix: appFault
  },
  redirect_uris_too_many: {
    why: 'The app wanted to register more addresses than are accepted.',
    fix: appFault
  },
  registration_closed: {
    why: 'Apps cannot register themselves on this server.',
    fix: 'Register the app yourself and enter the client ID in it: npx kagura client create --name NAME --redirect-uri ADDRESS.'
  },
  registration_quota: {
    why: 'Too many apps were registered within an hour and never used.',
    fix: 'Wait an hour, or register the app yourself: npx kagura client create --name NAME --redirect-uri ADDRESS.'
  },
  registration_token_wrong: {
    why: 'The token for managing this registration is wrong or was replaced, or the app is gone.',
    fix: 'Let the app register anew.'
  },
  request_uri_pushed: { why: 'A pushed request pointed to another one.', fix: appFault },
  request_uri_expired: {
    why: 'The pushed request was not used within its short life, or there is none of that name.',
    fix: 'Begin again from the app.'
  },
  request_uri_used: {
    why: 'The pushed request was used already.',
    fix: 'Begin again from the app.'
  },
  response_types_inconsistent: {
    why: 'The kinds of answer and of grant that the app registered do not go together.',
    fix: appFault
  },
  revoked_by_client: { why: 'The app ended its own access, as on signing out.', fix: nothing },
  temporarily_unavailable: {
    why: 'The server asked the app to come back later.',
    fix: 'Wait as long as Retry-After says; the log has the cause.'
  },
  token_endpoint_auth_method_refused: {
    why: 'The app wanted to prove itself in a way that this server does not have.',
    fix: 'Let it register with none, client_secret_post, client_secret_basic or private_key_jwt.'
  },
  token_missing: { why: 'The request names no token.', fix: appFault },

  // The MCP endpoint
  insufficient_scope: {
    why: 'The app called a tool that was not granted to it, and was told which scope to ask for.',
    fix: 'Connect the app again and tick what the tool needs.'
  },
  malformed_authorization: {
    why: 'The Authorization header is not of the form "Bearer TOKEN".',
    fix: 'Correct the header in the settings of the client; look for quotes, line breaks and a variable that was not replaced.'
  },
  no_credential: {
    why: 'The request brought no token and no key, as the first request of an OAuth client does.',
    fix: 'Give the client an API key, or let it sign in.'
  },
  not_an_api_key: {
    why: 'The address for API keys was used with an access token.',
    fix: 'Use the MCP URL /api/v1/mcp/sse for OAuth.'
  },
  token_audience: {
    why: 'The access token was issued for another resource.',
    fix: 'Connect the app again with this MCP URL; check that PUBLIC_URL has not changed.'
  },
  token_disabled: {
    why: 'The account or the app was disabled by an administrator.',
    fix: 'Enable it again: npx kagura user enable EMAIL, or npx kagura client update ID --enable.'
  },
  token_expired: {
    why: 'The access token or API key has expired.',
    fix: 'An app refreshes by itself; make a new API key where it was a key.'
  },
  token_revoked: {
    why: 'The access token or API key was revoked.',
    fix: 'Connect the app again, or make a new API key.'
  },
  token_unknown: {
    why: 'The access token or API key is not known here.',
    fix: 'Compare it with the one that was made here; a key begins with kagura_ and has 50 characters.'
  },
  two_credentials: {
    why: 'The request brought two credentials.',
    fix: 'Send one: Authorization or x-api-key.'
  },

  // Sign-in, pages, limits
  address_limit: {
    why: 'One address sent more requests in a minute than RATE_LIMIT_PER_ADDRESS allows.',
    fix: 'If it is your proxy, name it in TRUST_PROXY; if many people share the address, raise RATE_LIMIT_PER_ADDRESS.'
  },
  disabled_user: {
    why: 'A disabled person tried to sign in, with the right password.',
    fix: 'If they should get in: npx kagura user enable EMAIL.'
  },
  setup_link: { why: 'The first administrator was made by the set-up link.', fix: nothing },
  setup_link_invalid: {
    why: 'The set-up link was used already, or is older than 24 hours.',
    fix: 'Restart the server for a fresh one, or make an account: npx kagura user create --email EMAIL --role admin.'
  },
  throttled: {
    why: 'There were too many wrong attempts, so this one was not even tried.',
    fix: 'Wait as long as the page says; if it was not you, somebody is guessing.'
  },
  unknown_host: {
    why: 'The request came under a Host name that this server does not answer to.',
    fix: 'Set PUBLIC_URL to the address that clients use, or add the name to ALLOWED_HOSTS; the proxy must pass Host on.'
  },
  unknown_user: {
    why: 'Nobody has an account with that email address.',
    fix: 'Look it up with npx kagura user list, or make the account: npx kagura user create --email EMAIL.'
  },
  wrong_password: {
    why: 'The password was wrong.',
    fix: 'Try again, or let an administrator set a new one: npx kagura user reset-password EMAIL.'
  },
  you_are_signed_out: {
    why: 'A form was sent after the sign-in had ended.',
    fix: 'Sign in and send it again.'
  },
  this_form_is_out_of_date: {
    why: 'A form was sent that had been made for another sign-in.',
    fix: 'Open the page again and repeat what you did.'
  }
}

/** The explanation of a reason; for one that is not known here, what can be said all the same. */
export function explain(reason: string): Explanation {
  return (
    reasons[reason] ?? {
      why: `The server refused the request with the reason ${reason}.`,
      fix: 'Look into the log for the lines with this request id.'
    }
  )
}
