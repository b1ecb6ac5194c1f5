import { codingAnalyzeFileDependencies } from './dependencies.ts'
import { codingAnalyzeRefactorImpact } from './impact.ts'
import { codingIndexSourceCode } from './index-source.ts'
import { codingSuggestRefactorOrder } from './order.ts'
import { codingSearchSourceCode } from './search.ts'

/** The tools over source code that clients send, in the order of tools/list. */
export const codeTools = [
  codingIndexSourceCode,
  codingSearchSourceCode,
  codingAnalyzeFileDependencies,
  codingAnalyzeRefactorImpact,
  codingSuggestRefactorOrder
]
