import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Auditor, insertAuditLog, type NewAuditLog } from '../db/audit/audit-logs.ts'
import type { Db, Trx } from '../db/connection/connect.ts'
import { isNewDirectory } from '../db/connection/embedded/index.ts'
import { type MigrationStatus, migrationStatus } from '../db/connection/migrate.ts'
import { type Config, readConfig } from '../plugins/config/index.ts'
import { migrateDatabase, openDatabase } from '../plugins/db.ts'
import { CommandRefusedError } from './arguments.ts'
import { findEnvFile, terminal } from './terminal.ts'

/** A server that has just started may still migrate: wait 25 × 200 ms for it. */
const MAX_MIGRATION_CHECKS = 25
const CHECK_INTERVAL_MS = 200

interface OpenedDatabase {
  config: Config
  status: MigrationStatus
  /** Whether a running server has the embedded database open. */
  beside: boolean
}

/**
 * Runs the work on the database of the server's settings and closes it. It works beside a running
 * server and runs no migrations. Throws CommandRefusedError, WrongSettingError,
 * DataDirectoryInUseError or NewerDatabaseError.
 */
export async function withUnmigratedDatabase<T>(
  work: (db: Db, opened: OpenedDatabase) => Promise<T>
): Promise<T> {
  const config = loadSettings()
  if (config.DATABASE_URL === undefined && isNewDirectory(config.DATA_DIR)) {
    terminal().stderr.write(
      `Creating the database in ${resolve(config.DATA_DIR)}. This takes a few seconds.\n`
    )
  }
  const { db, close, beside, status } = await openDatabase(config, { beside: true })
  try {
    return await work(db, { config, status, beside })
  } finally {
    await close()
  }
}

/**
 * Runs the work on the migrated database. On a new machine commands thus work before the first
 * start of the server. Throws what `withUnmigratedDatabase` throws.
 */
export function withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
  return withUnmigratedDatabase(async (db, { config, status, beside }) => {
    if (beside) await requireMigratedServer(db, status)
    else if (status.pending.length > 0) await migrateDatabase(db, config)
    return work(db)
  })
}

/** Runs the work in one transaction, so that a change and its audit row stand or fall together. */
export function withTransaction<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
  return withDatabase((db) => db.transaction().execute(work))
}

/** Completes an audit entry of what the operator did. Never give it a secret. */
export const commandEntry: Auditor = (action, { details, ...event }) => ({
  ...event,
  action,
  details: { by: 'command', ...details }
})

/** Records in the audit log what the operator did. Never give it a secret. */
export function recordAudit(
  trx: Trx,
  action: string,
  event: Pick<NewAuditLog, 'user_id' | 'client_id' | 'grant_id' | 'details'>
): Promise<void> {
  return insertAuditLog(trx, commandEntry(action, event))
}

/** Reads the server's settings from the environment and .env. Throws WrongSettingError. */
export function loadSettings(): Config {
  const envFile = findEnvFile()
  if (envFile) process.loadEnvFile(envFile)
  return readConfig(terminal().env)
}

/** The address of the server, without a trailing slash. */
export function publicUrlOf({ PUBLIC_URL: publicUrl, PORT: port }: Config): string {
  return publicUrl?.replace(/\/$/, '') ?? `http://localhost:${port}`
}

/**
 * A running server must migrate its own tables: an older one would fail on tables that it does not
 * know. Throws CommandRefusedError.
 */
async function requireMigratedServer(db: Db, status: MigrationStatus): Promise<void> {
  for (let checkCount = 0; status.pending.length > 0; checkCount++) {
    if (checkCount === MAX_MIGRATION_CHECKS) {
      throw new CommandRefusedError(
        'The running server is older than this command (it lacks ' +
          `${status.pending.join(', ')}). Restart the server, then try again.`
      )
    }
    await sleep(CHECK_INTERVAL_MS)
    status = await migrationStatus(db)
  }
}
