import { sql } from 'kysely'
import { seed } from '../../bench/memory/seed.ts'
import type { Db } from '../../db/connection/connect.ts'

const TOOL_CALLS = 5000
const AUDIT_ROWS = 5000
const KEYS = 40
/** Memories for each deleted one, each one with a version, and each linked one. */
const PER_DELETED = 20
const PER_VERSION = 10
const PER_LINK = 5
/** Minutes between two memories. */
const MINUTES_APART = 5

/** The namespace, tag, type and app that only the oldest memories have. */
export const RARE = { agent_name: 'attic', tag: 'rare', type: 'recipe', app: 'Old App' } as const
/** Memories with each of these. */
const RARE_MEMORIES = 5

/**
 * Gives a person so many memories, an equal part of them deleted, linked and changed, and a fixed
 * number of tool calls, keys and audit rows. `appId` is a key that wrote most memories.
 */
export async function seedConsole(
  db: Db,
  userId: string,
  count: number,
  appId: string
): Promise<void> {
  await seed(db, userId, count, 0, (number) => {
    const isRare = number < RARE_MEMORIES
    const happened = new Date(Date.now() - (count - number) * MINUTES_APART * 60_000)
    const name = isRare ? RARE.app : ['Claude Code', 'Codex', 'Cursor'][number % 3]!
    return {
      agent_name: isRare ? RARE.agent_name : ['global', 'work', 'home', 'garden'][number % 4]!,
      type: isRare ? RARE.type : ['normal', 'fact', 'preference'][number % 3]!,
      tags: JSON.stringify([`tag-${number % 30}`, ...(isRare ? [RARE.tag] : [])]),
      source: JSON.stringify({ kind: 'api_key', name, key_id: number % 2 ? appId : 'gone' }),
      created_at: happened,
      updated_at: happened
    }
  })
  await sql`insert into memory_usage (user_id, shard, memories, bytes)
    values (${userId}, 0, ${count}, ${count * 200})
    on conflict do nothing`.execute(db)
  await seedVersions(db, userId)
  await seedLinks(db, userId)
  await seedRecords(db, userId, appId)
}

const copied = sql.raw(
  'agent_name, key, value, tags, importance, type, metadata, source, access_count, ' +
    'useful_count, irrelevant_count, outdated_count, created_at'
)

/** Former states of memories, and memories that were deleted one after another. */
async function seedVersions(db: Db, userId: string): Promise<void> {
  await sql`insert into memory_versions (user_id, memory_id, version, ${copied}, updated_at)
    select user_id, memory_id, 1, ${copied}, created_at from memories
    where user_id = ${userId} and memory_no % ${PER_VERSION} = 0`.execute(db)
  for (const [version, isDeleted] of [[1, false] as const, [2, true] as const]) {
    await sql`insert into memory_versions
        (user_id, memory_id, version, deleted, ${copied}, updated_at)
      select user_id, 'deleted-' || memory_no, ${version}::int, ${isDeleted}, ${copied},
        now() - make_interval(secs => row_number() over (order by memory_no desc))
      from memories where user_id = ${userId} and memory_no % ${PER_DELETED} = 0`.execute(db)
  }
}

/** Links from every fifth memory to the fifth before it, and to one topic. */
async function seedLinks(db: Db, userId: string): Promise<void> {
  await sql`insert into graph_nodes (user_id, node_id, type, name, memory_id)
    select user_id, 'memory:' || memory_id, 'memory', key, memory_id from memories
    where user_id = ${userId} and memory_no % ${PER_LINK} = 0
    union all select ${userId}, 'topic:heron', 'topic', 'heron', null`.execute(db)
  await sql`insert into graph_edges (user_id, from_node, to_node, type, created_at)
    select ${userId}, 'memory:' || memory_id, 'topic:heron', 'related_to', created_at
    from memories where user_id = ${userId} and memory_no % ${PER_LINK} = 0
    union all
    select ${userId}, 'memory:' || memory_id, 'memory:' || before,
      case when memory_no % 3 = 0 then 'supersedes' else 'depends_on' end, created_at
    from (select memory_id, memory_no, created_at,
        lag(memory_id) over (order by memory_no) as before
      from memories where user_id = ${userId} and memory_no % ${PER_LINK} = 0) as pair
    where before is not null`.execute(db)
}

/** Tool calls, keys and audit rows. */
async function seedRecords(db: Db, userId: string, appId: string): Promise<void> {
  const source = JSON.stringify({ kind: 'api_key', name: 'Claude Code', key_id: appId })
  await sql`insert into tool_calls
      (user_id, tool, groups, source, via, called_at, duration_ms, outcome, arguments)
    select ${userId}, case when i % 2 = 0 then 'memory_list' else 'memory_store' end,
      '{mcp:memory}', ${source}::jsonb, 'mcp', now() - make_interval(mins => i), 12,
      case when i % 9 = 0 then 'failed' else 'ok' end,
      jsonb_build_object('key', 'note-' || i, 'value', repeat('words ', 20))
    from generate_series(1, ${TOOL_CALLS}::int) as i`.execute(db)
  await sql`insert into api_keys (user_id, name, key_hash, key_prefix)
    select ${userId}, 'key ' || i, gen_random_uuid()::text, 'kagura_0123'
    from generate_series(1, ${KEYS}::int) as i`.execute(db)
  await sql`insert into audit_logs (action, user_id, created_at, ip_address)
    select 'user.login', ${userId}, now() - make_interval(mins => i), '192.0.2.1'
    from generate_series(1, ${AUDIT_ROWS}::int) as i`.execute(db)
}
