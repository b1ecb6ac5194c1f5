import { type Kysely, sql } from 'kysely'

/**
 * What a person chooses for an app or a key: its name, its list of tools, and the groups of tools
 * that remain of its scope. Where an app was approved from. The calls and memories of one app.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('app_choices')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('client_id', 'text', (column) =>
      column.notNull().references('oauth_clients.client_id').onDelete('cascade')
    )
    .addColumn('name', 'text')
    .addColumn('tool_list', 'text', (column) => column.check(isToolList))
    .addPrimaryKeyConstraint('app_choices_pkey', ['user_id', 'client_id'])
    .execute()
  await db.schema.createIndex('app_choices_client').on('app_choices').column('client_id').execute()
  await db.schema
    .alterTable('api_keys')
    .addColumn('tool_list', 'text', (column) => column.check(isToolList))
    .addColumn('groups', sql`text[]`)
    .execute()
  await db.schema
    .alterTable('oauth_grants')
    .addColumn('groups', sql`text[]`)
    .addColumn('ip_address', 'text')
    .addColumn('user_agent', 'text')
    .execute()
  await db.schema
    .alterTable('tool_calls')
    .addColumn('app_id', 'text', (column) => column.generatedAlwaysAs(appOfSource).stored())
    .execute()
  await db.schema
    .createIndex('tool_calls_app')
    .on('tool_calls')
    .columns(['user_id', 'app_id', 'called_at'])
    .execute()
  await sql`create index memories_app on memories (user_id, (${appOfSource}), updated_at)`.execute(
    db
  )
}

const isToolList = sql`tool_list in ('essential', 'coding', 'everything')`
const appOfSource = sql`coalesce(source ->> 'key_id', source ->> 'client_id')`

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropIndex('memories_app').execute()
  await db.schema.alterTable('tool_calls').dropColumn('app_id').execute()
  await db.schema
    .alterTable('oauth_grants')
    .dropColumn('groups')
    .dropColumn('ip_address')
    .dropColumn('user_agent')
    .execute()
  await db.schema.alterTable('api_keys').dropColumn('tool_list').dropColumn('groups').execute()
  await db.schema.dropTable('app_choices').execute()
}
