import { type Kysely, sql } from 'kysely'

const now = sql`now()`

export async function up(db: Kysely<any>): Promise<void> {
  // Another dimension or another text before each memory makes other vectors, so it is another
  // model. active: the one that is configured. walked_*: up to where all memories have been looked
  // at that were there before the model. completed_at: when all of them had vectors.
  await db.schema
    .createTable('embedding_models')
    .addColumn('model_no', 'integer', (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('dimensions', 'integer', (column) => column.notNull())
    .addColumn('active', 'boolean', (column) => column.notNull().defaultTo(false))
    .addColumn('walked_user', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('walked_no', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('completed_at', 'timestamptz')
    .addUniqueConstraint('embedding_models_model', ['model', 'prefix', 'dimensions'])
    .execute()

  // One row for each piece of a memory, of its present state only. version, digest: the memory's,
  // and of its text; start: in characters. signs: one bit for each dimension, to find candidates
  // without reading the vectors.
  await db.schema
    .createTable('memory_vectors')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('model_no', 'integer', (column) => column.notNull())
    .addColumn('memory_no', 'bigint', (column) => column.notNull())
    .addColumn('piece', 'integer', (column) => column.notNull())
    .addColumn('start', 'integer', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('signs', sql`bit varying`, (column) => column.notNull())
    .addColumn('vector', sql`real[]`, (column) => column.notNull())
    .addPrimaryKeyConstraint('memory_vectors_pkey', ['user_id', 'model_no', 'memory_no', 'piece'])
    .addForeignKeyConstraint(
      'memory_vectors_memory',
      ['user_id', 'memory_no'],
      'memories',
      ['user_id', 'memory_no'],
      (constraint) => constraint.onDelete('cascade')
    )
    .execute()
  await db.schema
    .createIndex('memory_vectors_memory')
    .on('memory_vectors')
    .columns(['user_id', 'memory_no'])
    .execute()

  // Memories that were written and are to be embedded. refused: why the embedding server will not
  // take one, until it is written again.
  await db.schema
    .createTable('embedding_queue')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('memory_no', 'bigint', (column) => column.notNull())
    .addColumn('refused', 'text')
    .addPrimaryKeyConstraint('embedding_queue_pkey', ['user_id', 'memory_no'])
    .addForeignKeyConstraint(
      'embedding_queue_memory',
      ['user_id', 'memory_no'],
      'memories',
      ['user_id', 'memory_no'],
      (constraint) => constraint.onDelete('cascade')
    )
    .execute()
  // Without a model nobody is ever going to ask.
  await sql`create function queue_for_embedding() returns trigger language plpgsql as $$
    begin
      if exists (select from embedding_models) then
        insert into embedding_queue (user_id, memory_no) values (new.user_id, new.memory_no)
          on conflict (user_id, memory_no) do update set refused = null where embedding_queue.refused is not null;
      end if;
      return null;
    end $$`.execute(db)
  await sql`create trigger memories_queued_in after insert on memories for each row execute function queue_for_embedding()`.execute(
    db
  )
  await sql`create trigger memories_queued_anew after update of version on memories for each row
    when (old.version <> new.version) execute function queue_for_embedding()`.execute(db)

  // Work that one process at a time does, until its time is up: the embedded database has no
  // advisory locks to speak of.
  await db.schema
    .createTable('leases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const trigger of ['memories_queued_in', 'memories_queued_anew']) {
    await sql`drop trigger ${sql.ref(trigger)} on memories`.execute(db)
  }
  await sql`drop function queue_for_embedding()`.execute(db)
  for (const table of ['leases', 'embedding_queue', 'memory_vectors', 'embedding_models']) {
    await db.schema.dropTable(table).execute()
  }
}
