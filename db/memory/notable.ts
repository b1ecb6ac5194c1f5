import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { isWithin } from '../connection/membership.ts'

/** What was said word for word is not what is known. */
const CONVERSATION = ['interaction', 'conversation']
/** The last changes among which the recent ones are looked for. */
const LOOKED_THROUGH = 5000

/**
 * The memories that were given most importance (index memories_important), then the ones that
 * changed last (index memories_recent), so many of each at most.
 */
export async function listNotableMemories(
  db: Db,
  userId: string,
  { limit, valueLimit }: { limit: number; valueLimit: number }
) {
  const columns = [
    'memory_id',
    'agent_name',
    'key',
    'tags',
    'type',
    'importance',
    'session_id',
    'occurred_at',
    'created_at',
    'updated_at'
  ] as const
  const value = [
    sql<string>`left(value, ${valueLimit})`.as('value'),
    sql<number>`length(value)`.as('value_length')
  ]
  const live = sql<boolean>`(expires_at is null or expires_at > now())`
  const important = db
    .selectFrom('memories')
    .select(columns)
    .select(value)
    .where('user_id', '=', userId)
    .where('importance', '>', sql<number>`0.5`)
    .where('type', 'not in', CONVERSATION)
    .where(live)
    .orderBy('importance', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('memory_id')
    .limit(limit)
  const last = db
    .selectFrom('memories')
    .select([...columns, 'expires_at', 'value'])
    .where(isWithin(userId, 'updated_at'))
    .orderBy('user_id', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('memory_id', 'desc')
    .limit(LOOKED_THROUGH)
  const recent = db
    .selectFrom(last.as('last'))
    .select(columns)
    .select(value)
    .where('importance', '<=', 0.5)
    .where('type', 'not in', CONVERSATION)
    .where(live)
    .orderBy('updated_at', 'desc')
    .orderBy('memory_id', 'desc')
    .limit(limit)
  const [first, then] = await Promise.all([important.execute(), recent.execute()])
  return [...first, ...then]
}
