import { type Kysely, sql } from 'kysely'

// The number first: an index that begins with the owner looks, without statistics, as good for a
// term as the primary key does, and then all postings of the owner are read for each term.
const indexes = [
  {
    name: 'memory_postings_memory',
    table: 'memory_postings',
    owner: ['user_id'],
    number: 'memory_no'
  },
  {
    name: 'code_postings_file',
    table: 'code_postings',
    owner: ['user_id', 'project_no'],
    number: 'file_no'
  }
]

export async function up(db: Kysely<any>): Promise<void> {
  for (const { name, table, owner, number } of indexes) {
    await sql`drop index ${sql.ref(name)}`.execute(db)
    await db.schema
      .createIndex(name)
      .on(table)
      .columns([number, ...owner])
      .execute()
  }
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const { name, table, owner, number } of indexes) {
    await sql`drop index ${sql.ref(name)}`.execute(db)
    await db.schema
      .createIndex(name)
      .on(table)
      .columns([...owner, number])
      .execute()
  }
}
