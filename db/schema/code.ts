import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { JsonColumn, DefaultNowColumn } from './columns.ts'

/** A project whose source is indexed, with the sums over its files. */
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
  /** Read by a grammar, otherwise as lines. */
  parsed: boolean
  symbols: JsonColumn<Array<{ name: string; kind: string; first_line: number; last_line: number }>>
  /** As they are written. */
  imports: JsonColumn<Array<{ specifier: string; names?: string[] }>>
  provides: JsonColumn<string[]>
}

export interface CodePiecesTable {
  user_id: string
  project_no: number
  file_no: number
  /** From 1. */
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
  /** 1024 times the number of a piece, plus what the term counts there. */
  hits: ColumnType<number[], string, string>
}
