import { type Kysely, sql } from 'kysely'

/** One-time links by which a person makes an account, or chooses a new password. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('account_links')
    .addColumn('token_hash', 'text', (column) => column.primaryKey())
    .addColumn('link_id', 'text', (column) =>
      column
        .notNull()
        .unique()
        .defaultTo(sql`gen_random_uuid()::text`)
    )
    .addColumn('kind', 'text', (column) =>
      column.notNull().check(sql`kind in ('invitation', 'password_reset')`)
    )
    // The account to reset; null for an invitation, which has an address and a role.
    .addColumn('user_id', 'text', (column) =>
      column.references('users.user_id').onDelete('cascade')
    )
    .addColumn('email', 'text')
    .addColumn('role', 'text')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('account_links_expiry')
    .on('account_links')
    .column('expires_at')
    .execute()
  await db.schema.createIndex('account_links_user').on('account_links').column('user_id').execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('account_links').execute()
}
