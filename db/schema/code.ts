import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { JsonColumn, DefaultNowColumn } from './columns.ts'

/** A project with indexed source, and the sums over its files. */
export interface CodeProjectsTable {
  user_id: string
  project_id: string
  project_no: GeneratedAlways<number>
  files: Generated<number>
  bytes: Generated<number>
  imports: Generated<number>
  indexed_at: DefaultNowColumn
}

export interface CodeFilesTable {
  user_id: string
  project_no: number
  path: string
  file_no: GeneratedAlways<number>
  language: string
  /** SHA-256 of the content, in hexadecimal. */
  content_hash: string
  index_version: number
  bytes: number
  lines: number
  /** Whether a grammar parsed the file. Otherwise its pieces are lines. */
  parsed: boolean
  symbols: JsonColumn<Array<{ name: string; kind: string; first_line: number; last_line: number }>>
  /** As the source spells them. */
  imports: JsonColumn<Array<{ specifier: string; names?: string[] }>>
  provides: JsonColumn<string[]>
}

export interface CodePiecesTable {
  user_id: string
  project_no: number
  file_no: number
  /** Starts at 1; 0 stands for the file's path in postings. */
  piece_no: number
  first_line: number
  last_line: number
  symbol: string
  kind: string
  text: string
}

export interface CodePostingsTable {
  user_id: string
  project_no: number
  term: string
  file_no: number
  /** 1024 times a piece's number, plus the weight of the term in that piece. */
  hits: ColumnType<number[], string, string>
}
