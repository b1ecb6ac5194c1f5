// databases: both
import { sql } from 'kysely'
import t from 'tap'
import { openDatabase } from '../support/helper.ts'

/** A person has few projects, and a project gains one or two sessions a day. */
const small = ['code_projects', 'coding_sessions']

interface Tie {
  child: string
  parent: string
  index: string
}

t.test(
  'only one index begins with the columns of a reference, so the planner has no choice',
  async (t) => {
    const { db } = await openDatabase(t)
    // PostgreSQL keeps the plan that a check had while the tables were small. Without statistics,
    // every index that begins with one of the columns costs the same then.
    const { rows } = await sql<Tie>`
    select f.conrelid::regclass::text as child, f.confrelid::regclass::text as parent,
      i.indexrelid::regclass::text as index
    from pg_constraint f join pg_index i on i.indrelid = f.confrelid
    where f.contype = 'f' and i.indexrelid <> f.conindid and i.indkey[0] = any(f.confkey)
      and f.connamespace = 'public'::regnamespace`.execute(db)
    t.same(
      rows.filter(({ parent }) => !small.includes(parent)),
      []
    )
  }
)

t.test('a deletion finds its references by an index', async (t) => {
  const { db } = await openDatabase(t)
  const { rows } = await sql<{ child: string; columns: string }>`
    select f.conrelid::regclass::text as child, f.conkey::text as columns
    from pg_constraint f
    where f.contype = 'f' and f.connamespace = 'public'::regnamespace
      and not exists (select from pg_index i where i.indrelid = f.conrelid
        and i.indpred is null and i.indkey[0] = any(f.conkey))`.execute(db)
  t.same(rows, [])
})
