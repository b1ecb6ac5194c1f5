import { memoryBriefing } from './briefing.ts'
import { memoryDelete } from './delete.ts'
import { memoryFeedback } from './feedback.ts'
import { memoryFetch } from './fetch.ts'
import { memoryGetFullDocument } from './full-document.ts'
import { memoryFuzzyRecall } from './fuzzy-recall.ts'
import { memoryGetChunkContext, memoryGetChunkMetadata } from './get-chunks.ts'
import { memoryHistory } from './history.ts'
import { memoryList } from './list.ts'
import { memoryRecall } from './recall.ts'
import { memoryRestore } from './restore.ts'
import { memorySearchIds } from './search-ids.ts'
import { memorySearch } from './search.ts'
import { memoryStats } from './stats.ts'
import { memoryStore } from './store.ts'
import { memoryGetToolHistory } from './tool-history.ts'
import { memoryTimeline } from './timeline.ts'
import { memoryUpdate } from './update.ts'

export const memoryTools = [
  memoryStore,
  memoryRecall,
  memorySearch,
  memoryList,
  memoryUpdate,
  memoryDelete,
  memoryHistory,
  memoryRestore,
  memorySearchIds,
  memoryFetch,
  memoryGetFullDocument,
  memoryGetChunkContext,
  memoryGetChunkMetadata,
  memoryFuzzyRecall,
  memoryTimeline,
  memoryBriefing,
  memoryFeedback,
  memoryStats,
  memoryGetToolHistory
]
