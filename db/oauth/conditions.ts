import { sql } from 'kysely'
import { accessLimitColumns } from '../schema/index.ts'

/** What the person allows the grant `g` within its scope. */
export const grantLimitColumns = accessLimitColumns.map((column) => `g.${column}` as const)

/** Whether the grant `g` is not revoked and its user `u` is not disabled. */
export const isGrantLive = sql<boolean>`g.revoked_at is null and u.disabled_at is null`

/**
 * Whether the grant, a row named `g`, is a connection: it has a token that can still be used or
 * refreshed. Only its newest pairs can be; older pairs are kept to recognise a reuse.
 */
export const isConnected = sql<boolean>`exists (
  select from (select * from oauth_tokens where grant_id = g.grant_id
    order by issued_at desc limit 3) t
  where not t.revoked and t.rotated_at is null and (t.refresh_expires_at > now()
    or t.issued_at + make_interval(secs => t.expires_in) > now()))`

/** Whether the grant `g` is a connection, or has a code that can still become one. */
export const isAlive = sql<boolean>`(${isConnected}
  or exists (select from (select * from oauth_authorization_codes
    where grant_id = g.grant_id limit 1) a where a.used_at is null and a.expires_at > now())
  or exists (select from (select * from oauth_device_codes
    where grant_id = g.grant_id limit 1) d where d.used_at is null and d.expires_at > now()))`
