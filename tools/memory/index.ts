import { memoryDelete } from './delete.ts'
import { memoryGetChunkContext, memoryGetChunkMetadata } from './get-chunks.ts'
import { memoryList } from './list.ts'
import { memoryRecall } from './recall.ts'
import { memorySearch } from './search.ts'
import { memoryStats } from './stats.ts'
import { memoryStore } from './store.ts'
import { memoryUpdate } from './update.ts'

export const memoryTools = [memoryStore, memoryRecall, memorySearch, memoryList, memoryUpdate, memoryDelete, memoryGetChunkContext, memoryGetChunkMetadata,
  memoryStats]
