import type { Trx } from '../../db/connection/connect.ts'
import { loadUnchecked } from '../../db/backup/loading.ts'
import { insertRows, readRows } from '../../db/backup/rows.ts'
import { type BackupTable, findBackupTables } from '../../db/backup/tables.ts'

/** The first line of a backup. */
export interface BackupHeader {
  format: 'kagura-backup'
  version: 1
  created_at: string
  /** The version of the program that wrote it. */
  program: string
  /** The migrations of its database. */
  migrations: string[]
  /** What the stored GitHub tokens and second factors are encrypted with. */
  server_secret: string
}

/** Rows by table. */
export type RowCounts = Record<string, number>

/** A file that is not a complete backup. The message is one sentence. */
export class BrokenBackupError extends Error {
  override name = 'BrokenBackupError'
}

/** Rows and characters that one statement inserts. */
const BATCH_ROWS = 500
const BATCH_CHARACTERS = 4_000_000

/**
 * The lines of a backup: the header, each table with its rows, and the numbers of rows. Run it in a
 * transaction with the isolation level repeatable read, so that all rows show one instant.
 */
export async function* backupLines(trx: Trx, header: BackupHeader): AsyncGenerator<string> {
  yield `${JSON.stringify(header)}\n`
  const rowCounts: RowCounts = {}
  for (const table of await findBackupTables(trx)) {
    const columns = table.columns.map(({ name }) => name)
    yield `${JSON.stringify({ table: table.name, columns })}\n`
    let rowCount = 0
    for await (const row of readRows(trx, table)) {
      yield `${row}\n`
      rowCount++
    }
    rowCounts[table.name] = rowCount
  }
  yield `${JSON.stringify({ end: true, rows: rowCounts })}\n`
}

/** Takes the parts of a backup in their order. */
export interface BackupReceiver {
  header?: (header: BackupHeader) => Promise<void>
  rows?: (table: string, columns: string[], lines: string[]) => Promise<void>
}

/**
 * Reads the lines of a backup and returns how many rows it has. Throws BrokenBackupError if it is
 * not a backup, or if it lacks its end.
 */
export class BackupReader {
  readonly #receiver: BackupReceiver
  readonly #rowCounts: RowCounts = {}
  #table: { name: string; columns: string[] } | undefined
  #batch: string[] = []
  #batchLength = 0
  #hasHeader = false
  #hasEnd = false

  constructor(receiver: BackupReceiver) {
    this.#receiver = receiver
  }

  async push(line: string): Promise<void> {
    if (this.#hasEnd) throw new BrokenBackupError('The backup goes on after its end.')
    if (line.startsWith('[') && this.#table) return this.#pushRow(this.#table.name, line)
    const part = parsePart(line)
    if (!this.#hasHeader) return this.#begin(part)
    await this.#flush()
    if (part.end === true) this.#end(part.rows)
    else if (typeof part.table === 'string') {
      this.#table = { name: part.table, columns: part.columns as string[] }
      this.#rowCounts[part.table] = 0
    } else throw new BrokenBackupError('A line of the backup is neither a table nor a row.')
  }

  finish(): RowCounts {
    if (!this.#hasEnd) throw new BrokenBackupError('The backup is cut off: its end is missing.')
    return this.#rowCounts
  }

  async #begin(part: Record<string, unknown>): Promise<void> {
    if (part.format !== 'kagura-backup') {
      throw new BrokenBackupError('The file is not a backup of Kagura Memory.')
    }
    if (part.version !== 1) {
      throw new BrokenBackupError('A newer version of Kagura Memory made this backup.')
    }
    this.#hasHeader = true
    await this.#receiver.header?.(part as unknown as BackupHeader)
  }

  async #pushRow(table: string, line: string): Promise<void> {
    this.#rowCounts[table]!++
    this.#batch.push(line)
    this.#batchLength += line.length
    if (this.#batch.length === BATCH_ROWS || this.#batchLength > BATCH_CHARACTERS) {
      await this.#flush()
    }
  }

  async #flush(): Promise<void> {
    if (this.#batch.length === 0) return
    await this.#receiver.rows?.(this.#table!.name, this.#table!.columns, this.#batch)
    this.#batch = []
    this.#batchLength = 0
  }

  #end(expectedCounts: unknown): void {
    if (JSON.stringify(expectedCounts) !== JSON.stringify(this.#rowCounts)) {
      throw new BrokenBackupError('The backup is damaged: rows are missing.')
    }
    this.#hasEnd = true
  }
}

function parsePart(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    throw new BrokenBackupError('The file is not a backup of Kagura Memory.')
  }
}

/**
 * Replaces all rows of a database without users by those of a backup that was made with the same
 * tables. `feed` pushes the lines into the reader. Throws BrokenBackupError, or PostgreSQL's error
 * if the rows contradict each other.
 */
export async function loadBackup(
  trx: Trx,
  feed: (reader: BackupReader) => Promise<void>
): Promise<RowCounts> {
  const tables = await findBackupTables(trx)
  const tableOf = new Map(tables.map((table) => [table.name, table]))
  const reader = new BackupReader({
    rows: (name, columns, lines) =>
      insertRows(trx, requireColumns(tableOf.get(name), name, columns), columns, lines)
  })
  return loadUnchecked(trx, tables, async () => {
    await feed(reader)
    return reader.finish()
  })
}

function requireColumns(
  table: BackupTable | undefined,
  name: string,
  columns: string[]
): BackupTable {
  const knownNames = table?.columns.map((column) => column.name) ?? []
  const unknownName = columns.find((column) => !knownNames.includes(column))
  if (!table || unknownName !== undefined) {
    throw new BrokenBackupError(
      `The database has no ${table ? `column ${unknownName} in ` : 'table '}${name}.`
    )
  }
  return table
}
