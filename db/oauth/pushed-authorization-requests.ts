import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'

export const REQUEST_URI_PREFIX = 'urn:ietf:params:oauth:request_uri:'
export const REQUEST_URI_SECONDS = 600

export interface PushedAuthorizationRequest {
  client_id: string
  parameters: string
  live: boolean
}

/**
 * Keeps the parameters for ten minutes; the request_uri is in the answer and nowhere else. RFC 9126
 * §2.2.
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
    .executeTakeFirst() // primary key
}

/**
 * Uses the request up, once: of two decisions at the same instant one gets false. Its time counts
 * when the page is opened, not when the person decides.
 */
export async function consumePushedAuthorizationRequest(
  db: Db,
  requestUri: string
): Promise<boolean> {
  const spent = await db
    .updateTable('oauth_pushed_authorization_requests')
    .set({ used_at: sql`now()` })
    .where('request_uri_hash', '=', secretDigest(requestUri))
    .where('used_at', 'is', null)
    .returning('client_id')
    .executeTakeFirst()
  return spent !== undefined
}

/**
 * Requests are kept for a day after they expire: a page that was opened in time may still be
 * answered.
 */
export async function deleteOldPushedAuthorizationRequests(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_pushed_authorization_requests')
    .where('expires_at', '<', sql<Date>`now() - interval '1 day'`)
    .execute()
}
