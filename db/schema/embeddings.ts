import type { Generated, GeneratedAlways } from 'kysely'
import type { NullableTimeColumn, DefaultNowColumn, TimeColumn } from './columns.ts'

/**
 * `walked_*`: the last memory of the walk over the memories that are older than the model;
 * `completed_at`: when all of them had vectors.
 */
export interface EmbeddingModelsTable {
  model_no: GeneratedAlways<number>
  model: string
  /** The text before each embedded memory. */
  prefix: string
  dimensions: number
  /** Whether this is the configured model. */
  active: Generated<boolean>
  walked_user: Generated<string>
  walked_no: Generated<number>
  created_at: DefaultNowColumn
  completed_at: NullableTimeColumn
}

/**
 * `start`: where the piece starts, in characters; `version`, `digest`: of the memory and of its
 * text; `signs`: one bit for each dimension, as text of 0 and 1; `vector` has unit length.
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

/** Memories that wait for vectors; `refused`: why the embedding server refuses one. */
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
