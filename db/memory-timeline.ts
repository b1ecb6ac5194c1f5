import { sql } from 'kysely'
import type { Db } from './connect.ts'
import { isWithin } from './membership.ts'

export interface Timeline {
  agent_name?: string | undefined
  /** From then on; a number is hours before now. */
  from: Date | number
  /** Before then; absent means until now. */
  to?: Date | undefined
  /** Part of the type, or of the type that the metadata names, without regard to case. */
  type?: string | undefined
  limit: number
  /** Characters of each value that are returned. */
  valueLimit: number
}

const live = sql<boolean>`(expires_at is null or expires_at > now())`
const happened = sql<Date>`coalesce(occurred_at, created_at)`

/**
 * Memories by when they happened, or else were first stored, newest first. Index memories_happened is
 * walked in its order whatever is chosen among them: `offset 0` keeps the conditions outside.
 */
export function listTimeline (
  db: Db, userId: string, { agent_name: agentName, from, to, type, limit, valueLimit }: Timeline
) {
  const start = typeof from === 'number'
    ? sql`now() - make_interval(hours => ${from})`
    : sql`${from}::timestamptz`
  const end = to ? sql`${to}::timestamptz` : sql`now()`
  const inOrder = db.selectFrom('memories').selectAll().select(happened.as('happened'))
    .where(isWithin(userId, happened, { from: start, until: end }))
    .orderBy('user_id', 'desc').orderBy(happened, 'desc').offset(0)
  return db.selectFrom(inOrder.as('memories'))
    .select(['memory_id', 'agent_name', 'key', 'tags', 'type', 'speaker', 'session_id', 'happened'])
    .select([
      sql<string>`left(value, ${valueLimit})`.as('value'),
      sql<number>`length(value)`.as('value_length')
    ])
    .where(live)
    .$if(to !== undefined, (query) => query.where('happened', '<', to!))
    .$if(agentName !== undefined, (query) => query.where('agent_name', '=', agentName!))
    .$if(type !== undefined, (query) => query.where(sql<boolean>`(
      strpos(lower(type), lower(${type})) > 0 or strpos(lower(metadata ->> 'type'), lower(${type})) > 0)`))
    .orderBy('user_id', 'desc').orderBy('happened', 'desc').orderBy('memory_id').limit(limit).execute()
}
