import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<any>): Promise<void> {
  // memory_no: a short name for the postings, and the order of arrival. sequence_at: the place in a
  // session.
  await sql`alter table memories
    add column memory_no bigint not null generated always as identity,
    add column sequence_at timestamptz generated always as (coalesce(occurred_at, created_at)) stored`.execute(
    db
  )
  await db.schema
    .createIndex('memories_no')
    .unique()
    .on('memories')
    .columns(['user_id', 'memory_no'])
    .execute()
  await sql`create index memories_sequence on memories (user_id, session_id, sequence_at, memory_no) where session_id is not null`.execute(
    db
  )
  await sql`create index memories_expiry on memories (user_id, expires_at) include (memory_no) where expires_at is not null`.execute(
    db
  )

  // Everything a score needs stands in the index: the length of the memory and the number of its
  // session, 0 for none, with each term. places: where in a long value the term stands, in
  // characters.
  await sql`alter table memory_postings rename to memory_postings_before`.execute(db)
  await sql`alter table memory_postings_before drop constraint memory_postings_pkey, drop constraint memory_postings_memory`.execute(
    db
  )
  await db.schema.dropIndex('memory_postings_memory').execute()
  await db.schema
    .createTable('memory_postings')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('term', sql`text collate "C"`, (column) => column.notNull())
    .addColumn('memory_no', 'bigint', (column) => column.notNull())
    .addColumn('weight', 'real', (column) => column.notNull())
    .addColumn('length', 'real', (column) => column.notNull())
    .addColumn('session_no', 'integer', (column) => column.notNull())
    .addColumn('places', sql`integer[]`)
    .execute()
  await sql`insert into memory_postings (user_id, term, memory_no, weight, length, session_no)
    select user_id, term, memory_no, weight, search_length, coalesce(('x' || left(md5(session_id), 8))::bit(32)::integer, 0)
    from memory_postings_before join memories using (user_id, memory_id)`.execute(db)
  await db.schema.dropTable('memory_postings_before').execute()
  await sql`alter table memory_postings
    add constraint memory_postings_pkey primary key (user_id, term, memory_no) include (weight, length, session_no),
    add constraint memory_postings_memory foreign key (user_id, memory_no) references memories (user_id, memory_no) on delete cascade`.execute(
    db
  )
  await db.schema
    .createIndex('memory_postings_memory')
    .on('memory_postings')
    .columns(['user_id', 'memory_no'])
    .execute()

  await totals(db)
}

/**
 * How many memories a user has, and how long they are together, in rows that are added up: each
 * statement that writes memories adds one of its own, so nobody waits for anybody. Now and then a
 * writer puts those that nobody holds together.
 */
async function totals(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('memory_totals')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('total_no', 'bigint', (column) => column.notNull().generatedAlwaysAsIdentity())
    .addColumn('memories', 'integer', (column) => column.notNull())
    .addColumn('length', 'double precision', (column) => column.notNull())
    .addPrimaryKeyConstraint('memory_totals_pkey', ['user_id', 'total_no'])
    .execute()
  await sql`insert into memory_totals (user_id, memories, length) select user_id, count(*), sum(search_length) from memories group by user_id`.execute(
    db
  )
  await sql`create function count_memories() returns trigger language plpgsql as $$
    begin
      -- The user is gone when the memories go with the account.
      if tg_op = 'INSERT' then
        insert into memory_totals (user_id, memories, length)
          select user_id, count(*), sum(search_length) from after_rows group by user_id;
        if random() < 0.03 then
          with taken as (
            delete from memory_totals where (user_id, total_no) in (
              select user_id, total_no from memory_totals where user_id in (select user_id from after_rows) limit 1000 for update skip locked)
            returning user_id, memories, length)
          insert into memory_totals (user_id, memories, length) select user_id, sum(memories), sum(length) from taken group by user_id;
        end if;
      elsif tg_op = 'UPDATE' then
        insert into memory_totals (user_id, memories, length)
          select user_id, 0, sum(length) from (
            select user_id, search_length as length from after_rows union all select user_id, -search_length from before_rows) as changes
          group by user_id having sum(length) <> 0;
      else
        insert into memory_totals (user_id, memories, length)
          select user_id, -count(*), -sum(search_length) from before_rows
          where exists (select from users where users.user_id = before_rows.user_id) group by user_id;
      end if;
      return null;
    end $$`.execute(db)
  await sql`create trigger memories_counted_in after insert on memories
    referencing new table as after_rows for each statement execute function count_memories()`.execute(
    db
  )
  await sql`create trigger memories_counted_anew after update on memories
    referencing old table as before_rows new table as after_rows for each statement execute function count_memories()`.execute(
    db
  )
  await sql`create trigger memories_counted_out after delete on memories
    referencing old table as before_rows for each statement execute function count_memories()`.execute(
    db
  )
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const trigger of ['memories_counted_in', 'memories_counted_anew', 'memories_counted_out']) {
    await sql`drop trigger ${sql.ref(trigger)} on memories`.execute(db)
  }
  await sql`drop function count_memories()`.execute(db)
  await db.schema.dropTable('memory_totals').execute()
  await sql`create table memory_postings_before as select user_id, term, memory_id, weight from memory_postings join memories using (user_id, memory_no)`.execute(
    db
  )
  await db.schema.dropTable('memory_postings').execute()
  await sql`alter table memory_postings_before rename to memory_postings`.execute(db)
  await sql`alter table memory_postings
    alter column user_id set not null, alter column term type text collate "default", alter column term set not null, alter column memory_id set not null, alter column weight set not null,
    add constraint memory_postings_pkey primary key (user_id, term, memory_id),
    add constraint memory_postings_memory foreign key (user_id, memory_id) references memories (user_id, memory_id) on delete cascade`.execute(
    db
  )
  await db.schema
    .createIndex('memory_postings_memory')
    .on('memory_postings')
    .columns(['user_id', 'memory_id'])
    .execute()
  for (const index of ['memories_expiry', 'memories_sequence', 'memories_no']) {
    await db.schema.dropIndex(index).execute()
  }
  await sql`alter table memories drop column sequence_at, drop column memory_no`.execute(db)
}
