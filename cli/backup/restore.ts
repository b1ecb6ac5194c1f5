import type { Db } from '../../db/connection/connect.ts'
import { migrateTo, unknownMigrations } from '../../db/connection/migrate.ts'
import { withoutLimit } from '../../db/connection/prepared.ts'
import { hasAnyUser } from '../../db/people/users.ts'
import {
  type BackupHeader,
  BrokenBackupError,
  loadBackup,
  type RowCounts
} from '../../domain/backup/content.ts'
import { feedBackupFile, readBackupFile } from '../../domain/backup/file.ts'
import type { Config } from '../../plugins/config/index.ts'
import { migrateDatabase } from '../../plugins/db.ts'
import { replaceServerSecret } from '../../plugins/seal.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { recordAudit, withUnmigratedDatabase } from '../database.ts'
import { formatCount, printResult, type WithJson } from '../subcommand.ts'
import { isFileError } from './create.ts'
import { readPassphrase } from './passphrase.ts'

/**
 * `kagura restore`: checks the whole file, brings an empty database to the tables of the backup,
 * loads the rows in one transaction, and then runs the migrations that came later.
 */
export async function runRestore(
  file: string,
  { passphraseFile, ...options }: WithJson & { passphraseFile?: string }
): Promise<void> {
  const passphrase = await readPassphrase(passphraseFile)
  const header = await checkFile(file, passphrase)
  const rows = await withUnmigratedDatabase(async (db, { config, status, beside }) => {
    if (beside) throw new CommandRefusedError('A server uses this database. Stop it first.')
    await requireEmpty(db, status.applied)
    replaceServerSecret(config, header.server_secret)
    return loadFile(db, { config, header, file, passphrase })
  })
  const restored = { file, created_at: header.created_at, rows }
  printResult(
    options,
    restored,
    ({ created_at: createdAt }) =>
      `Restored ${formatCount(rows['users'] ?? 0, 'account')} and ` +
      `${formatCount(rows['memories'] ?? 0, 'memory', 'memories')} as of ${createdAt}. ` +
      'Start the server.'
  )
}

/** Reads the file to its end before anything changes. Throws CommandRefusedError. */
async function checkFile(file: string, passphrase: string | undefined): Promise<BackupHeader> {
  let header: BackupHeader | undefined
  const receiver = {
    header: async (read: BackupHeader) => {
      header = read
    }
  }
  try {
    await readBackupFile(file, receiver, passphrase)
  } catch (error) {
    if (error instanceof BrokenBackupError) {
      throw new CommandRefusedError(`${quoteText(file)}: ${error.message}`)
    }
    throw isFileError(error)
      ? new CommandRefusedError(`${quoteText(file)} cannot be read: ${error.message}.`)
      : error
  }
  const unknownNames = await unknownMigrations(header!.migrations)
  if (unknownNames.length > 0) {
    throw new CommandRefusedError(
      `Version ${header!.program} made this backup, with tables that this version does not know ` +
        `(${unknownNames.join(', ')}). Install that version or a later one.`
    )
  }
  return header!
}

/** A server that was started once has tables, but nobody in them. Throws CommandRefusedError. */
async function requireEmpty(db: Db, appliedMigrations: string[]): Promise<void> {
  if (appliedMigrations.length === 0 || !(await hasAnyUser(db))) return
  throw new CommandRefusedError(
    'The database has accounts already, and a restore replaces everything. Set DATA_DIR to a new ' +
      'folder, or DATABASE_URL to an empty database.'
  )
}

interface RestoreTask {
  config: Config
  header: BackupHeader
  file: string
  passphrase: string | undefined
}

async function loadFile(
  db: Db,
  { config, header, file, passphrase }: RestoreTask
): Promise<RowCounts> {
  await migrateTo(db, header.migrations)
  const rows = await db
    .connection()
    .execute((connection) =>
      withoutLimit(connection, () =>
        connection
          .transaction()
          .execute((trx) => loadBackup(trx, (reader) => feedBackupFile(file, reader, passphrase)))
      )
    )
  await migrateDatabase(db, config)
  await db
    .transaction()
    .execute((trx) =>
      recordAudit(trx, 'server.restored', { details: { created_at: header.created_at } })
    )
  return rows
}
