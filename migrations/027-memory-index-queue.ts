import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<any>): Promise<void> {
  // Memories whose search terms a former version of the service made: they are made anew in the
  // background.
  await db.schema
    .createTable('memory_index_queue')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('memory_no', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('memory_index_queue_pkey', ['user_id', 'memory_no'])
    .addForeignKeyConstraint(
      'memory_index_queue_memory',
      ['user_id', 'memory_no'],
      'memories',
      ['user_id', 'memory_no'],
      (constraint) => constraint.onDelete('cascade')
    )
    .execute()
  await sql`insert into memory_index_queue (user_id, memory_no) select user_id, memory_no from memories`.execute(
    db
  )
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('memory_index_queue').execute()
}
