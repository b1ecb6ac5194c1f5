import { Type } from 'typebox'
import { findCodeFile } from '../../db/code/files.ts'
import { tool } from '../tool.ts'
import { closedObject, OneFile, ProjectField, readOnly } from '../../domain/code/fields.ts'
import { cyclesThrough, depthsOf, groupsOf, reverseGraph } from '../../domain/code/graph.ts'
import { projectGraph } from '../../domain/code/project-graph.ts'

/** What an answer names of each. */
const NAMED = 500
const CYCLES = 10
const SYMBOLS = 100

export const fileDependencies = tool({
  name: 'coding_analyze_file_dependencies',
  title: 'Dependencies of a file',
  description:
    'What an indexed file defines, imports and is imported by, how deep its imports reach, and cycles through it.',
  groups: ['coding'],
  annotations: readOnly,
  input: Type.Object({ project_id: ProjectField, file_path: OneFile }, closedObject),
  output: Type.Object(
    {
      file_path: Type.String(),
      symbols: Type.Array(Type.String()),
      imports: Type.Array(Type.String()),
      external: Type.Array(Type.String()),
      imported_by: Type.Array(Type.String()),
      depth: Type.Integer(),
      cycles: Type.Array(Type.Array(Type.String()))
    },
    closedObject
  ),
  async run({ project_id: projectId, file_path: said }, context) {
    const { project, graph, links, demand } = await projectGraph(context, projectId)
    const path = await demand(said)
    const file = await findCodeFile(context.db, context.principal.user_id, project.project_no, path)
    const importers = [...reverseGraph(graph).get(path)!].sort()
    return {
      file_path: path,
      symbols: (file?.symbols ?? [])
        .slice(0, SYMBOLS)
        .map(
          ({ kind, name, first_line: first, last_line: last }) => `${kind} ${name} ${first}-${last}`
        ),
      imports: [...graph.get(path)!].sort().slice(0, NAMED),
      external: links.get(path)!.elsewhere.slice(0, NAMED),
      imported_by: importers.slice(0, NAMED),
      depth: depthsOf(graph, groupsOf(graph)).get(path)!,
      cycles: cyclesThrough(graph, path, CYCLES)
    }
  },
  text({ file_path: path, symbols, imports, external, imported_by: importers, depth, cycles }) {
    const list = (title: string, items: string[]) =>
      items.length > 0 ? [`\n${title}`, ...items.map((item) => `- ${item}`)] : []
    return [
      `${path} imports ${imports.length} files of the project, ${depth} deep; it is imported by ${importers.length}; ${cycles.length === 0 ? 'in no cycle' : 'in a cycle'}.`,
      ...list('Imports', imports),
      ...list('Imported by', importers),
      ...list('From elsewhere, or not indexed', external),
      ...list(
        'Cycles',
        cycles.map((cycle) => cycle.join(' → '))
      ),
      ...list('Defines', symbols)
    ].join('\n')
  }
})
