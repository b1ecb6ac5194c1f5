import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { insertAuditLog, type NewAuditLog } from '../db/audit/audit-logs.ts'
import type { Db, Trx } from '../db/connection/connect.ts'
import { isNewDirectory } from '../db/connection/embedded/index.ts'
import { type MigrationStatus, migrationStatus } from '../db/connection/migrate.ts'
import { type Config, readConfig } from '../plugins/config/index.ts'
import { migrateDatabase, openDatabase } from '../plugins/db.ts'
import { Refusal } from './arguments.ts'

/** How often a server that is just starting is asked, every 200 ms, whether it has migrated. */
const MAX_LOOKS = 25

interface Opened {
  config: Config
  status: MigrationStatus
  beside: boolean
}

/**
 * Does the work on the database that the server's settings name, as it is, and closes it; beside
 * the server when that is running. Throws Refusal, WrongSettingError, DataDirectoryInUse, NewerDatabase.
 */
export async function onDatabase<T>(work: (db: Db, opened: Opened) => Promise<T>): Promise<T> {
  const config = settings()
  if (config.DATABASE_URL === undefined && isNewDirectory(config.DATA_DIR)) {
    process.stderr.write(
      `Creating the database in ${resolve(config.DATA_DIR)}. This takes some seconds.\n`
    )
  }
  const { db, close, beside, status } = await openDatabase(config, { beside: true })
  try {
    return await work(db, { config, status, beside })
  } finally {
    await close()
  }
}

/** The same, migrated first: a fresh machine needs no start of the server before. */
export function withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
  return onDatabase(async (db, { config, status, beside }) => {
    if (beside) await migratedByServer(db, status)
    else if (status.pending.length > 0) await migrateDatabase(db, config)
    return work(db)
  })
}

/** The change with its audit row, both or neither. */
export function withTransaction<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
  return withDatabase((db) => db.transaction().execute(work))
}

/** Notes what the operator did. Never give it a secret. */
export function audit(
  trx: Trx,
  action: string,
  { details, ...entry }: Pick<NewAuditLog, 'user_id' | 'client_id' | 'grant_id' | 'details'>
): Promise<void> {
  return insertAuditLog(trx, { ...entry, action, details: { by: 'command', ...details } })
}

/** Those of the server: the environment and .env. Throws WrongSettingError. */
export function settings(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return readConfig(process.env)
}

/** The running server's program decides on the tables; what it lacks, it would stumble over. */
async function migratedByServer(db: Db, status: MigrationStatus): Promise<void> {
  for (let looks = 0; status.pending.length > 0; looks++) {
    if (looks === MAX_LOOKS) {
      throw new Refusal(
        `The running server is older than this command (it lacks ${status.pending.join(', ')}). Restart the server, then try again.`
      )
    }
    await sleep(200)
    status = await migrationStatus(db)
  }
}
