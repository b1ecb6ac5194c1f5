import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/** A table of this service, with the columns that a backup holds: all but the generated ones. */
export interface BackupTable {
  name: string
  columns: BackupColumn[]
}

interface BackupColumn {
  name: string
  /** As PostgreSQL writes it, such as `timestamp with time zone`. */
  type: string
  /** Whether a sequence fills it. */
  identity: boolean
}

/**
 * Every table of the schema, by name, without those of the migrator. Their number is that of the
 * migrations, so there is no limit.
 */
export async function findBackupTables(db: Db): Promise<BackupTable[]> {
  const { rows } = await sql<BackupTable>`
    select class.relname as name, jsonb_agg(jsonb_build_object(
        'name', attribute.attname,
        'type', format_type(attribute.atttypid, attribute.atttypmod),
        'identity', attribute.attidentity <> '') order by attribute.attnum) as columns
    from pg_class class join pg_attribute attribute on attribute.attrelid = class.oid
    where class.relnamespace = current_schema()::regnamespace and class.relkind = 'r'
      and not starts_with(class.relname, 'kysely_migration')
      and attribute.attnum > 0 and not attribute.attisdropped and attribute.attgenerated = ''
    group by class.relname order by class.relname`.execute(db)
  return rows
}
