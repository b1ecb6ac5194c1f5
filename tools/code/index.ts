import { fileDependencies } from './dependencies.ts'
import { refactorImpact } from './impact.ts'
import { indexSource } from './index-source.ts'
import { refactorOrder } from './order.ts'
import { searchSource } from './search.ts'

/** What is known of the source code that clients send. */
export const codeTools = [
  indexSource,
  searchSource,
  fileDependencies,
  refactorImpact,
  refactorOrder
]
