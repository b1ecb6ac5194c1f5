import { Type } from 'typebox'
import { tool } from '../tool.ts'
import { closedObject, FilePath, ProjectField, readOnly } from '../../domain/code/fields.ts'
import { groupsOf } from '../../domain/code/graph.ts'
import { projectGraph } from '../../domain/code/project-graph.ts'

export const refactorOrder = tool({
  name: 'coding_suggest_refactor_order',
  title: 'Order for changing files',
  description:
    'Puts indexed files in the order in which to change them: what others depend on first, a cycle in one step.',
  groups: ['coding'],
  annotations: readOnly,
  input: Type.Object(
    {
      project_id: ProjectField,
      files: Type.Array(FilePath, { minItems: 1, maxItems: 300, description: 'Paths.' })
    },
    closedObject
  ),
  output: Type.Object(
    {
      order: Type.Array(
        Type.Object({ files: Type.Array(Type.String()), cycle: Type.Boolean() }, closedObject)
      ),
      unknown: Type.Array(Type.String())
    },
    closedObject
  ),
  async run({ project_id: projectId, files }, context) {
    const { graph, find, demand } = await projectGraph(context, projectId)
    const known = new Set(files.flatMap((said) => find(said) ?? []))
    if (known.size === 0) await demand(files[0]!)
    const order = groupsOf(graph)
      .map((group) => ({ files: group.filter((path) => known.has(path)), cycle: group.length > 1 }))
      .filter((step) => step.files.length > 0)
    return { order, unknown: [...new Set(files.filter((said) => find(said) === undefined))] }
  },
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
