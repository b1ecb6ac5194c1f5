import { graphLink, graphUnlink } from './link.ts'
import { memoryRecordInteraction } from './interaction.ts'
import { memoryGetUserPattern } from './pattern.ts'
import { memoryGetRelated } from './related.ts'

export const graphTools = [
  graphLink,
  graphUnlink,
  memoryGetRelated,
  memoryRecordInteraction,
  memoryGetUserPattern
]
