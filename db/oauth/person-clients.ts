import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/** Apps of one person that are examined. */
const MAX_APPS = 500

/**
 * Selects the clients `c` of which a person has grants. Steps through the index from one client to
 * the next, however many grants each has.
 */
export function selectPersonClients(db: Db, userId: string) {
  return db
    .withRecursive('apps(client_id)', (cte) =>
      cte.selectNoFrom(nextClientId(userId).as('client_id')).unionAll(
        cte
          .selectFrom('apps')
          .where('client_id', 'is not', null)
          .select(nextClientId(userId, sql.ref('apps.client_id')).as('client_id'))
      )
    )
    .selectFrom((from) => from.selectFrom('apps').select('client_id').limit(MAX_APPS).as('a'))
    .innerJoin('oauth_clients as c', 'c.client_id', 'a.client_id')
}

function nextClientId(userId: string, after?: RawBuilder<unknown>): RawBuilder<string | null> {
  return sql<string | null>`(select client_id from oauth_grants where user_id = ${userId}
    ${after === undefined ? sql`` : sql`and client_id > ${after}`} order by client_id limit 1)`
}
