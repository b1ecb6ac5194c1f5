import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<any>): Promise<void> {
  // project_no: a short name for the rows below. files, bytes, imports: of all files of the
  // project.
  await db.schema
    .createTable('code_projects')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('project_no', 'bigint', (column) => column.notNull().generatedAlwaysAsIdentity())
    .addColumn('files', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('bytes', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('imports', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('indexed_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('code_projects_pkey', ['user_id', 'project_id'])
    .addUniqueConstraint('code_projects_no', ['user_id', 'project_no'])
    .execute()

  // parsed: read by a grammar, otherwise as lines. index_version: of the program that read it;
  // after a change of that the file is read anew.
  await db.schema
    .createTable('code_files')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('project_no', 'bigint', (column) => column.notNull())
    .addColumn('path', sql`text collate "C"`, (column) => column.notNull())
    .addColumn('file_no', 'bigint', (column) => column.notNull().generatedAlwaysAsIdentity())
    .addColumn('language', 'text', (column) => column.notNull())
    .addColumn('content_hash', 'text', (column) => column.notNull())
    .addColumn('index_version', 'integer', (column) => column.notNull())
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addColumn('lines', 'integer', (column) => column.notNull())
    .addColumn('parsed', 'boolean', (column) => column.notNull())
    .addColumn('symbols', 'jsonb', (column) => column.notNull())
    .addColumn('imports', 'jsonb', (column) => column.notNull())
    .addColumn('provides', 'jsonb', (column) => column.notNull())
    .addPrimaryKeyConstraint('code_files_pkey', ['user_id', 'project_no', 'path'])
    .addUniqueConstraint('code_files_no', ['user_id', 'project_no', 'file_no'])
    .addForeignKeyConstraint(
      'code_files_project',
      ['user_id', 'project_no'],
      'code_projects',
      ['user_id', 'project_no'],
      (key) => key.onDelete('cascade')
    )
    .execute()

  // The file in pieces, numbered from 1.
  await db.schema
    .createTable('code_pieces')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('project_no', 'bigint', (column) => column.notNull())
    .addColumn('file_no', 'bigint', (column) => column.notNull())
    .addColumn('piece_no', 'integer', (column) => column.notNull())
    .addColumn('first_line', 'integer', (column) => column.notNull())
    .addColumn('last_line', 'integer', (column) => column.notNull())
    .addColumn('symbol', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('code_pieces_pkey', ['user_id', 'project_no', 'file_no', 'piece_no'])
    .addForeignKeyConstraint(
      'code_pieces_file',
      ['user_id', 'project_no', 'file_no'],
      'code_files',
      ['user_id', 'project_no', 'file_no'],
      (key) => key.onDelete('cascade')
    )
    .execute()

  // hits: 1024 times the number of a piece, plus what the term counts there; piece 0 is the path.
  await db.schema
    .createTable('code_postings')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('project_no', 'bigint', (column) => column.notNull())
    .addColumn('term', sql`text collate "C"`, (column) => column.notNull())
    .addColumn('file_no', 'bigint', (column) => column.notNull())
    .addColumn('hits', sql`integer[]`, (column) => column.notNull())
    .addPrimaryKeyConstraint('code_postings_pkey', ['user_id', 'project_no', 'term', 'file_no'])
    .addForeignKeyConstraint(
      'code_postings_file',
      ['user_id', 'project_no', 'file_no'],
      'code_files',
      ['user_id', 'project_no', 'file_no'],
      (key) => key.onDelete('cascade')
    )
    .execute()
  await db.schema
    .createIndex('code_postings_file')
    .on('code_postings')
    .columns(['user_id', 'project_no', 'file_no'])
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const table of ['code_postings', 'code_pieces', 'code_files', 'code_projects']) {
    await db.schema.dropTable(table).execute()
  }
}
