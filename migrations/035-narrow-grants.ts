import { type Kysely, sql } from 'kysely'

/**
 * What a person allows within the scope of a grant or of a key: everything or reading only, and all
 * namespaces or some. `beyond_namespaces`: some namespaces do not exclude what has none.
 */
export async function up(db: Kysely<any>): Promise<void> {
  for (const table of ['oauth_grants', 'api_keys']) {
    await db.schema
      .alterTable(table)
      .addColumn('access', 'text', (column) =>
        column
          .notNull()
          .defaultTo('full')
          .check(sql`access in ('full', 'read')`)
      )
      .addColumn('namespaces', sql`text[]`, (column) =>
        column.check(sql`cardinality(namespaces) between 1 and 50`)
      )
      .addColumn('beyond_namespaces', 'boolean', (column) => column.notNull().defaultTo(false))
      .execute()
  }
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const table of ['oauth_grants', 'api_keys']) {
    await db.schema
      .alterTable(table)
      .dropColumn('access')
      .dropColumn('namespaces')
      .dropColumn('beyond_namespaces')
      .execute()
  }
}
