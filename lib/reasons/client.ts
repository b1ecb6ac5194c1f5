import { APP_FAULT, DOCUMENT_FAULT, SHOW_CLIENT, type ReasonExplanation } from './explanation.ts'
import { commandName } from '../command-name.ts'

/** Reasons about the identity of a client: its authentication and its metadata document. */
export const clientReasons: Record<string, ReasonExplanation> = {
  // Client authentication at the token endpoint
  client_secret_missing: {
    why: 'The app is registered with a secret but sent none.',
    fix:
      'Enter the secret in the app, or make it a public client: ' +
      `${commandName} client update ID --auth-method none.`
  },
  client_secret_wrong: {
    why: 'The client secret is wrong, or was replaced.',
    fix: `Create a new one with ${commandName} client rotate-secret ID, and enter it in the app.`
  },
  invalid_client: {
    why: 'Client authentication failed.',
    fix: 'Enter its client ID and secret again, as registered here.'
  },
  malformed_basic: {
    why: 'The Basic credentials of the app are malformed.',
    fix: 'The app must send base64 of ID:SECRET, or use client_secret_post.'
  },
  secret_from_public_client: {
    why: 'The app is registered without a secret but sent one.',
    fix:
      'Remove the secret in the app, or register one: ' +
      `${commandName} client update ID --auth-method client_secret_post.`
  },
  two_client_authentications: {
    why: 'The app sent its secret twice, in the header and in the body.',
    fix: 'Set one method in the app: client_secret_post or client_secret_basic.'
  },
  two_client_ids: {
    why: 'The client IDs in the body and in the header differ.',
    fix: APP_FAULT
  },
  wrong_authorization_scheme: {
    why: 'The Authorization header at the token endpoint was not Basic.',
    fix: 'Set the token auth method in the app to client_secret_post or client_secret_basic.'
  },

  assertion_claim_wrong: {
    why:
      'The assertion names another app or server, lacks exp or jti, or is valid for over an ' +
      'hour.',
    fix: APP_FAULT
  },
  assertion_expired: {
    why: 'The signed assertion of the app has expired.',
    fix: 'Check the clocks of the app and of this server.'
  },
  assertion_not_registered: {
    why: 'The app sent a signed assertion but is not registered for private_key_jwt.',
    fix: SHOW_CLIENT
  },
  assertion_signature_wrong: {
    why: 'The assertion is malformed, or not signed with a registered key of the app.',
    fix:
      'If the app has new keys, wait ten minutes and try again. Otherwise check its jwks: ' +
      `${commandName} client show ID.`
  },
  assertion_type_wrong: {
    why: 'The assertion of the app is not a JWT.',
    fix: APP_FAULT
  },
  assertion_used: {
    why: 'The app reused a signed assertion. Each one works once.',
    fix: APP_FAULT
  },
  client_assertion_missing: {
    why: 'The app is registered with a key but sent no signed assertion.',
    fix:
      'Set the app to private_key_jwt, or register a secret: ' +
      `${commandName} client update ID --auth-method client_secret_post.`
  },
  client_keys_unavailable: {
    why: 'The server could not fetch the public keys of the app from its jwks_uri.',
    fix: 'Try again in a minute. If it persists, the maker of the app must repair that address.'
  },
  client_without_keys: {
    why: 'The app is registered for private_key_jwt but has no keys.',
    fix: SHOW_CLIENT
  },

  // Metadata documents at a client_id that is a URL
  document_fetches_busy: {
    why: 'The server was fetching too many metadata documents.',
    fix: 'Try again in a minute.'
  },
  document_not_found: {
    why: 'The address of the document did not answer with status 200.',
    fix: DOCUMENT_FAULT
  },
  document_not_json: {
    why: 'The document is not JSON, or is not sent as application/json.',
    fix: DOCUMENT_FAULT
  },
  document_of_another_client: {
    why: 'The client_id in the document is not the address of the document.',
    fix: DOCUMENT_FAULT
  },
  document_refused: {
    why: 'The server does not accept a value of the document; the page named it.',
    fix: DOCUMENT_FAULT
  },
  document_unreachable: {
    why: 'The host of the document is not public, does not answer in time, or sends too much.',
    fix:
      'Try again in a few minutes. If this server cannot reach the internet, set ' +
      'CLIENT_ID_METADATA_DOCUMENTS=false, and apps register themselves.'
  },
  document_with_secret: {
    why: 'The document contains a client secret, although anyone can read it.',
    fix: DOCUMENT_FAULT
  }
}
