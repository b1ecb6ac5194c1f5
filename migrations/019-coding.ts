import { type CreateTableBuilder, type Kysely, sql } from 'kysely'

export async function up(db: Kysely<any>): Promise<void> {
  // worked_seconds: of the times before the last resume, so that pauses do not count.
  // summary_given: by a client, not built from the records. The memories hold the goal and the
  // summary for search.
  await sql`alter table coding_sessions
    add column resumed_at timestamptz,
    add column worked_seconds double precision not null default 0,
    add column goal_memory_id text,
    add column summary_memory_id text,
    add column summary_given boolean not null default true,
    drop constraint coding_sessions_pkey,
    add constraint coding_sessions_pkey primary key (user_id, project_id, session_id)`.execute(db)
  await sql`update coding_sessions set worked_seconds = extract(epoch from ended_at - started_at) where ended_at is not null`.execute(
    db
  )
  await db.schema
    .createIndex('coding_sessions_recent')
    .on('coding_sessions')
    .columns(['user_id', 'project_id', 'started_at'])
    .execute()

  // Each record is also a memory (memory_id), by which it is found; while that is deleted the
  // record is not shown, and goes with it for good.
  await activities(db, 'coding_file_changes', 'change_id', (table) =>
    table
      .addColumn('file_path', 'text', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('diff', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('related_files', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'`))
      .addColumn('first_line', 'integer')
      .addColumn('last_line', 'integer')
      .addColumn('lines_added', 'integer', (column) => column.notNull())
      .addColumn('lines_removed', 'integer', (column) => column.notNull())
  )
  await activities(db, 'coding_errors', 'error_id', (table) =>
    table
      .addColumn('error_type', 'text', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addColumn('stack_trace', 'text', (column) => column.notNull())
      .addColumn('file_path', 'text')
      .addColumn('line_number', 'integer')
      .addColumn('screenshot', 'text')
      .addColumn('tags', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'`))
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('solution', 'text')
      .addColumn('resolved_at', 'timestamptz')
  )
  // What an error is without its line numbers, paths, addresses and times: in every project of the
  // user.
  await db.schema
    .createIndex('coding_errors_fingerprint')
    .on('coding_errors')
    .columns(['user_id', 'fingerprint', 'created_at'])
    .execute()
  await db.schema
    .createIndex('coding_errors_memory')
    .on('coding_errors')
    .columns(['user_id', 'memory_id'])
    .execute()
  await activities(db, 'coding_decisions', 'decision_id', (table) =>
    table
      .addColumn('decision', 'text', (column) => column.notNull())
      .addColumn('rationale', 'text', (column) => column.notNull())
      .addColumn('alternatives', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'`))
      .addColumn('impact', 'text')
      .addColumn('tags', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'`))
      .addColumn('related_files', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'`))
      .addColumn('confidence', 'double precision', (column) => column.notNull())
  )
  await activities(db, 'coding_interactions', 'interaction_id', (table) =>
    table
      .addColumn('user_query', 'text', (column) => column.notNull())
      .addColumn('ai_response', 'text', (column) => column.notNull())
      .addColumn('interaction_type', 'text', (column) => column.notNull())
      .addColumn('metadata', 'jsonb', (column) => column.notNull().defaultTo(sql`'{}'`))
      .addColumn('response_memory_id', 'text', (column) => column.notNull())
  )
  await activities(
    db,
    'coding_issue_links',
    'issue_key',
    (table) =>
      table
        .addColumn('repository', 'text', (column) => column.notNull())
        .addColumn('issue_number', 'integer', (column) => column.notNull())
        .addColumn('title', 'text', (column) => column.notNull())
        .addColumn('url', 'text')
        .addColumn('state', 'text')
        .addColumn('labels', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'`))
        .addColumn('assignees', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'`))
        .addColumn('body', 'text', (column) => column.notNull()),
    ['session_id']
  )
  await db.schema
    .createIndex('coding_issue_links_number')
    .on('coding_issue_links')
    .columns(['user_id', 'issue_number', 'created_at'])
    .execute()

  // A person's own token for reading issues, encrypted under a key of the server's secret.
  await db.schema
    .createTable('github_tokens')
    .addColumn('user_id', 'text', (column) =>
      column.primaryKey().references('users.user_id').onDelete('cascade')
    )
    .addColumn('token_sealed', 'text', (column) => column.notNull())
    .addColumn('token_end', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('last_used_at', 'timestamptz')
    .execute()
}

/**
 * What is recorded in a session: the owner and the project come first in every key, then the id.
 */
async function activities(
  db: Kysely<any>,
  name: string,
  id: string,
  columns: (table: CreateTableBuilder<string, any>) => CreateTableBuilder<string, any>,
  more: string[] = []
): Promise<void> {
  const table = db.schema
    .createTable(name)
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn(id, 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) => column.notNull())
  await columns(table)
    .addColumn('memory_id', 'text', (column) => column.notNull())
    .addColumn('source', 'jsonb', (column) => column.notNull().defaultTo(sql`'{}'`))
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint(`${name}_pkey`, ['user_id', 'project_id', ...more, id])
    .addForeignKeyConstraint(
      `${name}_session`,
      ['user_id', 'project_id', 'session_id'],
      'coding_sessions',
      ['user_id', 'project_id', 'session_id'],
      (constraint) => constraint.onDelete('cascade')
    )
    .execute()
  await db.schema
    .createIndex(`${name}_recent`)
    .on(name)
    .columns(['user_id', 'project_id', 'created_at'])
    .execute()
  await db.schema
    .createIndex(`${name}_in_session`)
    .on(name)
    .columns(['user_id', 'project_id', 'session_id', 'created_at'])
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const table of [
    'github_tokens',
    'coding_issue_links',
    'coding_interactions',
    'coding_decisions',
    'coding_errors',
    'coding_file_changes'
  ]) {
    await db.schema.dropTable(table).execute()
  }
  await db.schema.dropIndex('coding_sessions_recent').execute()
  await sql`alter table coding_sessions
    drop constraint coding_sessions_pkey,
    add constraint coding_sessions_pkey primary key (user_id, session_id),
    drop column summary_given, drop column summary_memory_id, drop column goal_memory_id, drop column worked_seconds, drop column resumed_at`.execute(
    db
  )
}
