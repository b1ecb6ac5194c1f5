import { CONNECT_AGAIN, APP_FAULT, NOTHING_TO_DO, type ReasonExplanation } from './explanation.ts'
import { commandName } from '../command-name.ts'

/** Reasons of registration, and of the introspection, revocation and pushed request endpoints. */
export const registrationReasons: Record<string, ReasonExplanation> = {
  by_the_client: {
    why: 'The app changed or deleted its own registration.',
    fix: 'Nothing to do. People still decide what they approve for the app.'
  },
  client_id_mismatch: {
    why: 'The app tried to change its registration but sent another client ID.',
    fix: APP_FAULT
  },
  client_secret_mismatch: {
    why: 'The app tried to choose its own client secret.',
    fix: APP_FAULT
  },
  client_secret_throttled: {
    why: 'The app sent too many wrong client secrets and has to wait.',
    fix:
      'Correct the secret in the app, or create a new one: ' +
      `${commandName} client rotate-secret ID.`
  },
  grant_types_unusable: {
    why: 'No grant type in the registration can obtain a first token here.',
    fix: APP_FAULT
  },
  initial_access_token_wrong: {
    why: 'The initial access token for registration was missing or wrong.',
    fix:
      'Give the app that token, or register it yourself: ' +
      `${commandName} client create --name NAME --redirect-uri ADDRESS.`
  },
  introspection_by_public_client: {
    why: 'An app without a secret tried to introspect a token.',
    fix:
      'Use a client with a secret for introspection: ' +
      `${commandName} client create --name NAME --redirect-uri ADDRESS.`
  },
  invalid_client_metadata: {
    why: 'The registration contains values that the server does not accept.',
    fix:
      'Read the error_description that the app received. If the app cannot change, register it ' +
      `by hand: ${commandName} client create --name NAME --redirect-uri ADDRESS.`
  },
  invalid_redirect_uri: {
    why: 'The app tried to register an unsafe redirect address.',
    fix: 'The app must use https, http on loopback, or its own scheme.'
  },
  invalid_token: {
    why: 'The token does not give access to the requested resource.',
    fix: CONNECT_AGAIN
  },
  jwks_and_jwks_uri: {
    why: 'The registration has both jwks and jwks_uri.',
    fix: APP_FAULT
  },
  jwks_refused: {
    why: 'The registered keys are unusable or contain a private part.',
    fix: 'The app must register public keys only.'
  },
  metadata_malformed: {
    why: 'A field of the registration has the wrong type, such as text instead of a list.',
    fix: APP_FAULT
  },
  metadata_not_an_object: { why: 'The registration is not a JSON object.', fix: APP_FAULT },
  metadata_too_large: { why: 'The registration is too large.', fix: APP_FAULT },
  metadata_too_long: {
    why: 'A field of the registration is too long; the details name it.',
    fix: APP_FAULT
  },
  metadata_uri_not_https: {
    why: 'An address in the registration is not https.',
    fix: APP_FAULT
  },
  not_json: {
    why: 'The registration was not sent as JSON.',
    fix: 'The app must send application/json.'
  },
  pushed_request_too_long: {
    why: 'The pushed authorization request is too long.',
    fix: APP_FAULT
  },
  redirect_uri_refused: {
    why: 'The app tried to register an unsafe redirect address.',
    fix: 'The app must use https, http on loopback, or its own scheme.'
  },
  redirect_uris_missing: {
    why: 'The registration has no redirect address.',
    fix: APP_FAULT
  },
  redirect_uris_too_many: {
    why: 'The registration has too many redirect addresses.',
    fix: APP_FAULT
  },
  registration_closed: {
    why: 'Apps cannot register themselves on this server.',
    fix:
      'Register the app yourself and enter the client ID in it: ' +
      `${commandName} client create --name NAME --redirect-uri ADDRESS.`
  },
  registration_quota: {
    why: 'Too many apps registered within an hour and were never used.',
    fix:
      'Wait an hour, or register the app yourself: ' +
      `${commandName} client create --name NAME --redirect-uri ADDRESS.`
  },
  registration_token_wrong: {
    why: 'The registration access token is wrong or was replaced, or the app was deleted.',
    fix: 'The app must register again.'
  },
  request_uri_pushed: { why: 'A pushed request refers to another pushed request.', fix: APP_FAULT },
  request_uri_expired: {
    why: 'The pushed request has expired, or does not exist.',
    fix: 'Start again from the app.'
  },
  request_uri_used: {
    why: 'The pushed request was used already.',
    fix: 'Start again from the app.'
  },
  response_types_inconsistent: {
    why: 'The registered response types and grant types do not match.',
    fix: APP_FAULT
  },
  revoked_by_client: {
    why: 'The app ended its own access, for example at sign-out.',
    fix: NOTHING_TO_DO
  },
  temporarily_unavailable: {
    why: 'The server asked the app to come back later.',
    fix: 'Wait for the time in Retry-After. The log has the cause.'
  },
  token_endpoint_auth_method_refused: {
    why: 'The app tried to register an unsupported authentication method.',
    fix:
      'The app must register with none, client_secret_post, client_secret_basic or ' +
      'private_key_jwt.'
  },
  token_missing: { why: 'The request has no token.', fix: APP_FAULT }
}
