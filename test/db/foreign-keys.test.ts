import { sql } from 'kysely'
import t from 'tap'
import { openDatabase } from '../support/helper.ts'

/** A check reads a person's projects, or the sessions of one, of which a day brings one or two. */
const small = ['code_projects', 'coding_sessions']

interface Tie {
  child: string
  parent: string
  index: string
}

t.test(
  'a reference is checked by the one index that begins with its columns, whatever the planner believes',
  async (t) => {
    const { db } = await openDatabase(t)
    // PostgreSQL keeps the plan of a check from when the tables were small, and without statistics
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

t.test('a deletion finds what refers to it by an index', async (t) => {
  const { db } = await openDatabase(t)
  const { rows } = await sql<{ child: string; columns: string }>`
    select f.conrelid::regclass::text as child, f.conkey::text as columns
    from pg_constraint f
    where f.contype = 'f' and f.connamespace = 'public'::regnamespace
      and not exists (select from pg_index i where i.indrelid = f.conrelid
        and i.indpred is null and i.indkey[0] = any(f.conkey))`.execute(db)
  t.same(rows, [])
})
