import { Type } from 'typebox'
import { suggestRefactorOrder } from '../../domain/code/refactor-order.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, readOnlyHints, SourcePath } from './fields.ts'

export const codingSuggestRefactorOrder = tool({
  name: 'coding_suggest_refactor_order',
  title: 'Order for changing files',
  description:
    'Puts indexed files in the order in which to change them: what others depend on ' +
    'first, a cycle in one step. Use it before a change of several files; for one file, ' +
    'use coding_analyze_refactor_impact.',
  example: { project_id: 'shop', files: ['src/page.ts', 'src/price.ts'] },
  groups: ['coding'],
  annotations: readOnlyHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      files: Type.Array(SourcePath, {
        minItems: 1,
        maxItems: 300,
        description: 'Paths, as they were indexed.'
      })
    },
    closed
  ),
  output: Type.Object(
    {
      order: Type.Array(
        Type.Object({ files: Type.Array(Type.String()), cycle: Type.Boolean() }, closed)
      ),
      unknown: Type.Array(Type.String())
    },
    closed
  ),
  run: (input, context) => suggestRefactorOrder(context, input),
  text: ({ order, unknown }) =>
    [
      'Change in this order, what others depend on first:',
      ...order.map(
        ({ files, cycle }, i) =>
          `${i + 1}. ${files.join(', ')}${cycle ? ' (in a cycle: change together)' : ''}`
      ),
      ...(unknown.length > 0 ? [`Not indexed: ${unknown.join(', ')}`] : [])
    ].join('\n')
})
