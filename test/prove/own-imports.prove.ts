import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { groupsOf } from '../../domain/code/graph.ts'
import { projectFiles, root } from '../support/sources.ts'
import { people } from '../tools/caller.ts'

const BATCH = 60

/**
 * For each file of the project, the project's files that it imports, by the compiler's explanation
 * of why it reads them. It starts in a shell, because tap adds a loader to each Node.js that a test
 * starts.
 */
function compilerImports(): Map<string, Set<string>> {
  const explanation = execFileSync(
    'sh',
    ['-c', 'NODE_OPTIONS= exec node node_modules/typescript/bin/tsc --noEmit --explainFiles'],
    { cwd: root, encoding: 'utf8', maxBuffer: 1e9 }
  )
  const imports = new Map<string, Set<string>>()
  let file = ''
  for (const line of explanation.split('\n')) {
    if (/^\S/.test(line)) file = line.trim()
    const [, importer] = /^ +Imported via .* from file '([^']+)'/.exec(line) ?? []
    if (file.includes('node_modules') || !file.endsWith('.ts')) continue
    if (!imports.has(file)) imports.set(file, new Set())
    if (importer !== undefined) {
      imports.set(importer, (imports.get(importer) ?? new Set()).add(file))
    }
  }
  return imports
}

t.test('the imports of every file match the TypeScript compiler, and have no cycles', async (t) => {
  const compiler = compilerImports()
  const {
    callers: [ada]
  } = await people('ada')
  const files = projectFiles().filter((file) => file.endsWith('.ts'))
  t.ok(
    files.length > 500 && files.every((file) => compiler.has(file)),
    'the compiler reads them all'
  )
  for (let at = 0; at < files.length; at += BATCH) {
    const batch = files
      .slice(at, at + BATCH)
      .map((path) => ({ path, content: readFileSync(join(root, path), 'utf8') }))
    t.match(
      (await ada!.call('coding_index_source_code', { project_id: 'kagura', files: batch })).answer,
      { indexed: batch.length, as_lines: [], unreadable: [] }
    )
  }
  for (const file of files) {
    const { imports, cycles } = (
      await ada!.call('coding_analyze_file_dependencies', {
        project_id: 'kagura',
        file_path: file
      })
    ).answer
    t.same(imports, [...compiler.get(file)!].sort(), file)
    t.same(cycles, [], file)
  }
  t.ok(
    groupsOf(compiler).every((group) => group.length === 1),
    'nor does the compiler know of one'
  )
})
