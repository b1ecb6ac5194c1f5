import { Type } from 'typebox'
import { findFileDependencies } from '../../domain/code/dependencies.ts'
import { tool } from '../tool.ts'
import { AnalyzedPath, closed, ProjectId, readOnlyHints } from './fields.ts'

export const codingAnalyzeFileDependencies = tool({
  name: 'coding_analyze_file_dependencies',
  title: 'Dependencies of a file',
  description:
    'Lists what an indexed file defines, imports and is imported by, how deep its ' +
    'imports reach, and cycles through it. Use it to understand a file; before you ' +
    'change it, use coding_analyze_refactor_impact.',
  example: { project_id: 'shop', file_path: 'src/price.ts' },
  groups: ['coding'],
  annotations: readOnlyHints,
  input: Type.Object({ project_id: ProjectId, file_path: AnalyzedPath }, closed),
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
    closed
  ),
  async run(input, context) {
    const { symbols, ...dependencies } = await findFileDependencies(context, input)
    const symbolLines = symbols.map(
      ({ kind, name, first_line: firstLine, last_line: lastLine }) =>
        `${kind} ${name} ${firstLine}-${lastLine}`
    )
    return { ...dependencies, symbols: symbolLines }
  },
  text({ file_path: path, imports, imported_by: importers, cycles, ...dependencies }) {
    const cycleLines = cycles.map((cycle) => cycle.join(' → '))
    const cycleNote = cycles.length === 0 ? 'in no cycle' : 'in a cycle'
    return [
      `${path} imports ${imports.length} files of the project, ${dependencies.depth} deep; ` +
        `it is imported by ${importers.length}; ${cycleNote}.`,
      ...titledList('Imports', imports),
      ...titledList('Imported by', importers),
      ...titledList('From elsewhere, or not indexed', dependencies.external),
      ...titledList('Cycles', cycleLines),
      ...titledList('Defines', dependencies.symbols)
    ].join('\n')
  }
})

function titledList(title: string, items: string[]): string[] {
  return items.length > 0 ? [`\n${title}`, ...items.map((item) => `- ${item}`)] : []
}
