import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Db } from '../../db/connection/connect.ts'
import type { MigrationStatus } from '../../db/connection/migrate.ts'
import { backupLines, type RowCounts } from '../../domain/backup/content.ts'
import { readBackupFile, writeBackupFile } from '../../domain/backup/file.ts'
import { version } from '../../lib/version.ts'
import type { Config } from '../../plugins/config/index.ts'
import { readServerSecret } from '../../plugins/seal.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { recordAudit, withUnmigratedDatabase } from '../database.ts'
import { formatCount, printResult, type WithJson } from '../subcommand.ts'
import { readPassphrase } from './passphrase.ts'

/** A complete backup. */
export interface WrittenBackup {
  file: string
  bytes: number
  encrypted: boolean
  rows: RowCounts
}

interface BackupOptions extends WithJson {
  to: string
  passphraseFile?: string
}

/** `kagura backup`: writes the file, reads it again, and says what it holds. */
export async function runBackup(
  file: string | undefined,
  { to: folder, passphraseFile, ...options }: BackupOptions
): Promise<void> {
  const passphrase = await readPassphrase(passphraseFile)
  const backup = await withUnmigratedDatabase((db, { config, status }) =>
    writeBackup(db, { config, status, folder, file, passphrase })
  )
  printResult(options, backup, backupText)
}

interface BackupTask {
  config: Config
  status: MigrationStatus
  folder: string
  file?: string | undefined
  passphrase?: string | undefined
}

/**
 * Writes a backup as of one moment, reads it again from its start to its end, and records it in the
 * audit log. Throws CommandRefusedError if there is nothing to save, or if the file cannot be
 * written.
 */
export async function writeBackup(
  db: Db,
  { config, status, folder, file, passphrase }: BackupTask
): Promise<WrittenBackup> {
  if (status.applied.length === 0) {
    throw new CommandRefusedError('There is nothing to back up: the database is empty.')
  }
  const path = file ?? join(folder, fileName(passphrase !== undefined))
  if (existsSync(path)) {
    throw new CommandRefusedError(`${quoteText(path)} exists already. Choose another name.`)
  }
  const header = {
    format: 'kagura-backup',
    version: 1,
    created_at: new Date().toISOString(),
    program: version,
    migrations: status.applied,
    server_secret: readServerSecret(config)
  } as const
  try {
    if (file === undefined) mkdirSync(folder, { recursive: true, mode: 0o700 })
    await db
      .transaction()
      .setIsolationLevel('repeatable read') // All rows show the same instant.
      .execute((trx) => writeBackupFile(path, backupLines(trx, header), passphrase))
  } catch (error) {
    throw isFileError(error)
      ? new CommandRefusedError(`${quoteText(path)} cannot be written: ${error.message}.`)
      : error
  }
  const rows = await readBackupFile(path, {}, passphrase)
  const backup = { file: path, bytes: statSync(path).size, encrypted: !!passphrase, rows }
  await noteBackup(db, status, backup)
  return backup
}

/** An older database may lack columns of the audit log: only `kagura update` meets one. */
async function noteBackup(
  db: Db,
  { pending }: MigrationStatus,
  { bytes, encrypted }: WrittenBackup
): Promise<void> {
  if (pending.length > 0) return
  await db
    .transaction()
    .execute((trx) => recordAudit(trx, 'server.backed_up', { details: { bytes, encrypted } }))
}

/** Says where the backup is, what it holds, and what its reader could do. */
export function backupText({ file, bytes, encrypted, rows }: WrittenBackup): string {
  const megabytes = (bytes / 1e6).toFixed(1)
  return [
    `Wrote ${file} (${megabytes} MB) and read it again: ${formatCount(rows['users'] ?? 0, 'account')}, ` +
      `${formatCount(rows['memories'] ?? 0, 'memory', 'memories')}.`,
    'It holds every memory as text, the secret of the server, and the hashes of passwords, keys ' +
      'and tokens.',
    encrypted
      ? 'It is encrypted. Without the passphrase nobody can read it, you neither.'
      : 'It is not encrypted, and only you can read the file. Keep copies as safe as the database.'
  ].join('\n')
}

function fileName(isEncrypted: boolean): string {
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  return `kagura-${time}.jsonl.gz${isEncrypted ? '.encrypted' : ''}`
}

/** Whether the operating system refused a file. PostgreSQL's errors have no `syscall`. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  const { syscall, path } = error as NodeJS.ErrnoException
  return syscall !== undefined && path !== undefined
}
