import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'

export const REQUEST_URI_PREFIX = 'urn:ietf:params:oauth:request_uri:'
export const REQUEST_URI_SECONDS = 600

/** The request behind a request_uri, live or not; undefined if there is none (primary key). */
export interface PushedAuthorizationRequest {
  client_id: string
  parameters: string
  live: boolean
}

/**
 * Stores the parameters for ten minutes (RFC 9126 §2.2). The request_uri is only returned here; the
 * database holds its hash.
 */
export async function issuePushedAuthorizationRequest(
  db: Db,
  clientId: string,
  parameters: string
): Promise<string> {
  const requestUri = newSecret(REQUEST_URI_PREFIX)
  await db
    .insertInto('oauth_pushed_authorization_requests')
    .values({
      request_uri_hash: secretDigest(requestUri),
      client_id: clientId,
      parameters,
      expires_at: sql`now() + make_interval(secs => ${REQUEST_URI_SECONDS})`
    })
    .execute()
  return requestUri
}

/** `live`: neither expired nor used. */
export function findPushedAuthorizationRequest(
  db: Db,
  requestUri: string
): Promise<PushedAuthorizationRequest | undefined> {
  return db
    .selectFrom('oauth_pushed_authorization_requests')
    .select([
      'client_id',
      'parameters',
      sql<boolean>`used_at is null and expires_at > now()`.as('live')
    ])
    .where('request_uri_hash', '=', secretDigest(requestUri))
    .executeTakeFirst()
}

/**
 * Consumes the request, once: of two concurrent decisions one gets false. Its expiry counts when
 * the page opens, not when the user decides.
 */
export async function consumePushedAuthorizationRequest(
  db: Db,
  requestUri: string
): Promise<boolean> {
  const consumedRequest = await db
    .updateTable('oauth_pushed_authorization_requests')
    .set({ used_at: sql`now()` })
    .where('request_uri_hash', '=', secretDigest(requestUri))
    .where('used_at', 'is', null)
    .returning('client_id')
    .executeTakeFirst()
  return consumedRequest !== undefined
}

/**
 * Deletes requests one day after they expire: a page that was opened in time may still be answered.
 */
export async function deleteOldPushedAuthorizationRequests(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_pushed_authorization_requests')
    .where('expires_at', '<', sql<Date>`now() - interval '1 day'`)
    .execute()
}
