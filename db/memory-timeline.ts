import { sql } from 'kysely'
import type { Db } from './connect.ts'

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

/** Memories by when they happened, or else were first stored, newest first (index memories_happened). */
export function listTimeline (db: Db, userId: string, { agent_name: agentName, from, to, type, limit, valueLimit }: Timeline) {
  return db.selectFrom('memories').select(['memory_id', 'agent_name', 'key', 'tags', 'type', 'speaker', 'session_id', happened.as('happened')])
    .select([sql<string>`left(value, ${valueLimit})`.as('value'), sql<number>`length(value)`.as('value_length')])
    .where('user_id', '=', userId).where(live)
    .where(happened, '>=', typeof from === 'number' ? sql<Date>`now() - make_interval(hours => ${from})` : from)
    .$if(to !== undefined, (query) => query.where(happened, '<', to!))
    .$if(to === undefined, (query) => query.where(happened, '<=', sql<Date>`now()`))
    .$if(agentName !== undefined, (query) => query.where('agent_name', '=', agentName!))
    .$if(type !== undefined, (query) => query.where(sql<boolean>`(strpos(lower(type), lower(${type})) > 0 or strpos(lower(metadata ->> 'type'), lower(${type})) > 0)`))
    .orderBy(happened, 'desc').orderBy('memory_id').limit(limit).execute()
}
