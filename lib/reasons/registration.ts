import { CONNECT_AGAIN, APP_FAULT, NOTHING_TO_DO, type ReasonExplanation } from './explanation.ts'

/** Reasons of registration and of the other endpoints that clients post to. */
export const registrationReasons: Record<string, ReasonExplanation> = {
  by_the_client: {
    why: 'The app changed or deleted its own registration.',
    fix: 'There is nothing to do; what it may do is still decided by the people who approve it.'
  },
  client_id_mismatch: {
    why: 'The app tried to change a registration and named another client ID in it.',
    fix: APP_FAULT
  },
  client_secret_mismatch: {
    why: 'The app tried to choose a client secret of its own.',
    fix: APP_FAULT
  },
  client_secret_throttled: {
    why: 'There were too many wrong client secrets, so the app was told to wait.',
    fix: 'Correct the secret in the app, or make a new one: npx kagura client rotate-secret ID.'
  },
  grant_types_unusable: {
    why: 'The app wanted to register for no grant by which this server gives a first token.',
    fix: APP_FAULT
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
  invalid_token: {
    why: 'The token that was sent does not open what was asked for.',
    fix: CONNECT_AGAIN
  },
  jwks_and_jwks_uri: {
    why: 'The app registered its keys both by value and by address.',
    fix: APP_FAULT
  },
  jwks_refused: {
    why: 'The keys that the app registered cannot be used, or hold a private part.',
    fix: 'Let it register public keys only.'
  },
  metadata_malformed: {
    why: 'A part of what the app said of itself is not of the kind it must be, such as text or a list.',
    fix: APP_FAULT
  },
  metadata_not_an_object: { why: 'The registration is not a JSON object.', fix: APP_FAULT },
  metadata_too_large: { why: 'The registration is larger than is accepted.', fix: APP_FAULT },
  metadata_too_long: {
    why: 'A part of what the app said of itself is longer than is accepted; the details say which.',
    fix: APP_FAULT
  },
  metadata_uri_not_https: {
    why: 'An address that the app gave of itself is not https.',
    fix: APP_FAULT
  },
  not_json: {
    why: 'The registration was not sent as JSON.',
    fix: 'Let the app send application/json.'
  },
  pushed_request_too_long: {
    why: 'The pushed authorization request is longer than is accepted.',
    fix: APP_FAULT
  },
  redirect_uri_refused: {
    why: 'The app wanted to register an address that answers must not be sent to.',
    fix: 'Let it use https, http on loopback, or a scheme of its own.'
  },
  redirect_uris_missing: {
    why: 'The app registered without an address to send people back to.',
    fix: APP_FAULT
  },
  redirect_uris_too_many: {
    why: 'The app wanted to register more addresses than are accepted.',
    fix: APP_FAULT
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
  request_uri_pushed: { why: 'A pushed request pointed to another one.', fix: APP_FAULT },
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
    fix: APP_FAULT
  },
  revoked_by_client: {
    why: 'The app ended its own access, as on signing out.',
    fix: NOTHING_TO_DO
  },
  temporarily_unavailable: {
    why: 'The server asked the app to come back later.',
    fix: 'Wait as long as Retry-After says; the log has the cause.'
  },
  token_endpoint_auth_method_refused: {
    why: 'The app wanted to prove itself in a way that this server does not have.',
    fix: 'Let it register with none, client_secret_post, client_secret_basic or private_key_jwt.'
  },
  token_missing: { why: 'The request names no token.', fix: APP_FAULT }
}
