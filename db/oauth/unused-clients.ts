import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/**
 * Numbers of self-registrations in the last hour that were never used: from one network, and in
 * all. The seconds tell when the oldest of them stops counting.
 */
export interface UnusedRegistrations {
  network: number
  network_seconds: number
  all: number
  all_seconds: number
}

/** Counts the recent unused registrations, for the quota of the network and of the server. */
export function countUnusedRegistrations(db: Db, network: string): Promise<UnusedRegistrations> {
  const fromNetwork = sql`filter (where registered_from = ${network})`
  return selectRecentUnused(db)
    .select([
      sql<number>`count(*) ${fromNetwork}`.as('network'),
      secondsUntilFree(sql`min(created_at) ${fromNetwork}`).as('network_seconds'),
      sql<number>`count(*)`.as('all'),
      secondsUntilFree(sql`min(created_at)`).as('all_seconds')
    ])
    .where('registration', '<>', 'operator')
    .executeTakeFirstOrThrow()
}

function secondsUntilFree(oldest: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`ceil(coalesce(
    extract(epoch from ${oldest} + interval '1 hour' - now()), 0))::integer`
}

function selectRecentUnused(db: Db) {
  return db
    .selectFrom('oauth_clients')
    .where('registration', '=', 'dynamic')
    .where('last_used_at', 'is', null)
    .where('created_at', '>', sql<Date>`now() - interval '1 hour'`) // index oauth_clients_unused
}

/**
 * Deletes one unused registration of the last hour: the oldest of the network that has the most of
 * them, so that a flood only displaces itself. A client in use at this moment is locked and
 * skipped.
 */
export async function deleteCrowdingRegistration(db: Db): Promise<void> {
  const unusedRegistrations = selectRecentUnused(db)
  const crowdedNetwork = unusedRegistrations
    .select('registered_from')
    .groupBy('registered_from')
    .orderBy(sql`count(*)`, 'desc')
    .orderBy(sql`min(created_at)`)
    .limit(1)
  const oldestRegistration = unusedRegistrations
    .select('client_id')
    .where(({ eb }) => eb('registered_from', 'is not distinct from', crowdedNetwork))
    .orderBy('created_at')
    .orderBy('client_id')
    .limit(1)
    .forUpdate()
    .skipLocked()
  await db.deleteFrom('oauth_clients').where('client_id', 'in', oldestRegistration).execute()
}

/**
 * Deletes at most a thousand self-registered clients that have no usable grant and were never used
 * within a day, or not for 90 days. Returns how many.
 */
export async function deleteUnusedClients(db: Db): Promise<number> {
  const unusedClients = db
    .selectFrom('oauth_clients as c')
    .select('c.client_id')
    .where('c.registration', '<>', 'operator')
    .where(
      sql<boolean>`case when c.last_used_at is null
        then c.created_at < now() - interval '1 day'
        else c.last_used_at < now() - interval '90 days' end`
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('oauth_grants as g')
            .select('g.grant_id')
            .whereRef('g.client_id', '=', 'c.client_id')
            .where('g.revoked_at', 'is', null)
            .where(isGrantUsable)
        )
      )
    )
    // A client that is being approved at this moment is locked, and counts as used afterwards.
    .limit(1000)
    .forUpdate()
    .skipLocked()
  const deletedClients = await db
    .deleteFrom('oauth_clients')
    .where('client_id', 'in', unusedClients)
    .returning('client_id')
    .execute()
  return deletedClients.length
}

/**
 * Whether the grant `g` has a token or code with which its client can still reach the user's
 * memories.
 */
const isGrantUsable = sql<boolean>`(
  exists (select from oauth_tokens t where t.grant_id = g.grant_id and not t.revoked
    and greatest(t.refresh_expires_at, t.issued_at + make_interval(secs => t.expires_in)) > now())
  or exists (select from oauth_authorization_codes a
    where a.grant_id = g.grant_id and a.used_at is null and a.expires_at > now())
  or exists (select from oauth_device_codes d
    where d.grant_id = g.grant_id and d.used_at is null and d.expires_at > now()))`
