import type { Generated, GeneratedAlways } from 'kysely'
import type { NullableTimeColumn, DefaultNowColumn, TimeColumn } from './columns.ts'

/**
 * `walked_*`: up to where the memories have been looked at that were there before the model;
 * `completed_at`: when all of these had vectors.
 */
export interface EmbeddingModelsTable {
  model_no: GeneratedAlways<number>
  model: string
  /** Stands before each memory that is embedded. */
  prefix: string
  dimensions: number
  /** The one that is configured. */
  active: Generated<boolean>
  walked_user: Generated<string>
  walked_no: Generated<number>
  created_at: DefaultNowColumn
  completed_at: NullableTimeColumn
}

/**
 * `start`: of the piece, in characters; `version`, `digest`: of the memory and of its text;
 * `signs`: one bit for each dimension, as text of 0 and 1; `vector` has unit length.
 */
export interface MemoryVectorsTable {
  user_id: string
  model_no: number
  memory_no: number
  piece: number
  start: number
  version: number
  digest: string
  signs: string
  vector: number[]
}

/** Memories to embed; `refused`: why the embedding server does not take one. */
export interface EmbeddingQueueTable {
  user_id: string
  memory_no: number
  refused: string | null
}

export interface LeasesTable {
  name: string
  holder: string
  expires_at: TimeColumn
}
