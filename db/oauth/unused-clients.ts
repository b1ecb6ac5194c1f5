import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/**
 * Registrations of the last hour that nobody has used, from one network and in all, each with the
 * seconds until the oldest of them no longer counts.
 */
export interface UnusedRegistrations {
  network: number
  network_seconds: number
  all: number
  all_seconds: number
}

export function countUnusedRegistrations(db: Db, network: string): Promise<UnusedRegistrations> {
  const seconds = sql<number>`ceil(coalesce(extract(epoch from min(created_at) + interval '1 hour' - now()), 0))::integer`
  const here = sql`filter (where registered_from = ${network})`
  return db
    .selectFrom('oauth_clients')
    .select([
      sql<number>`count(*) ${here}`.as('network'),
      sql<number>`ceil(coalesce(extract(epoch from min(created_at) ${here} + interval '1 hour' - now()), 0))::integer`.as(
        'network_seconds'
      ),
      sql<number>`count(*)`.as('all'),
      seconds.as('all_seconds')
    ])
    .where('registration', '=', 'dynamic')
    .where('last_used_at', 'is', null)
    .where('created_at', '>', sql<Date>`now() - interval '1 hour'`) // index oauth_clients_unused
    .where('registration', '<>', 'operator')
    .executeTakeFirstOrThrow()
}

/**
 * Deletes a self-registered client of the last hour that nobody used: the oldest of the network
 * that has the most of them, so that a flood makes room at its own cost. None that is used at this
 * instant.
 */
export async function deleteCrowdingRegistration(db: Db): Promise<void> {
  const unused = db
    .selectFrom('oauth_clients')
    .where('registration', '=', 'dynamic')
    .where('last_used_at', 'is', null)
    .where('created_at', '>', sql<Date>`now() - interval '1 hour'`) // index oauth_clients_unused
  const crowd = unused
    .select('registered_from')
    .groupBy('registered_from')
    .orderBy(sql`count(*)`, 'desc')
    .orderBy(sql`min(created_at)`)
    .limit(1)
  const oldest = unused
    .select('client_id')
    .where(({ eb }) => eb('registered_from', 'is not distinct from', crowd))
    .orderBy('created_at')
    .orderBy('client_id')
    .limit(1)
    .forUpdate()
    .skipLocked()
  await db.deleteFrom('oauth_clients').where('client_id', 'in', oldest).execute()
}

/**
 * Deletes a thousand self-registered clients, at most, that have no live grant and were never used
 * for a day, or not for 90 days. Returns how many.
 */
export async function deleteUnusedClients(db: Db): Promise<number> {
  const unused = db
    .selectFrom('oauth_clients as c')
    .select('c.client_id')
    .where('c.registration', '<>', 'operator')
    .where(
      sql<boolean>`case when c.last_used_at is null then c.created_at < now() - interval '1 day' else c.last_used_at < now() - interval '90 days' end`
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('oauth_grants as g')
            .select('g.grant_id')
            .whereRef('g.client_id', '=', 'c.client_id')
            .where('g.revoked_at', 'is', null)
            .where(isInUse)
        )
      )
    )
    // Who is being approved at this instant is locked, and then has been used.
    .limit(1000)
    .forUpdate()
    .skipLocked()
  const deleted = await db
    .deleteFrom('oauth_clients')
    .where('client_id', 'in', unused)
    .returning('client_id')
    .execute()
  return deleted.length
}

/** Whether a grant has anything by which its client can still reach the person's memories. */
const isInUse = sql<boolean>`(
  exists (select from oauth_tokens t where t.grant_id = g.grant_id and not t.revoked
    and greatest(t.refresh_expires_at, t.issued_at + make_interval(secs => t.expires_in)) > now())
  or exists (select from oauth_authorization_codes a where a.grant_id = g.grant_id and a.used_at is null and a.expires_at > now())
  or exists (select from oauth_device_codes d where d.grant_id = g.grant_id and d.used_at is null and d.expires_at > now()))`
