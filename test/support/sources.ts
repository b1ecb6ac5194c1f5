import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'

/** The project's folder; tests run from dist/test. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))
const ignoredFolders = new Set(['node_modules', 'dist', 'data', 'site', '.git', '.tap'])

export interface Import {
  /** The text of the import. */
  specifier: string
  /** The path of the imported file from the project's folder, for a relative import. */
  target: string | undefined
  /** The imported names, also `default` and `*`. Empty for a bare import. */
  names: string[]
  typeOnly: boolean
}

export interface Source {
  file: string
  imports: Import[]
  strings: string[]
  /** The literals of regular expressions. */
  expressions: string[]
}

/** The paths of every file of the project, without built and installed files. */
export function projectFiles(folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      if (ignoredFolders.has(entry.name)) return []
      const path = posix.join(folder, entry.name)
      return entry.isDirectory() ? projectFiles(path) : entry.isFile() ? [path] : []
    })
    .sort()
}

export interface SyntaxNode {
  type: string
  [key: string]: unknown
}

/**
 * The imports, strings and regular expressions of each TypeScript file. The linter's parser reads
 * them.
 */
export async function readSources(files: string[]): Promise<Source[]> {
  return (await parseSources(files)).map(({ file, program }) => parseSource(file, program))
}

/** The syntax tree of each TypeScript file, in ESTree form with line numbers. */
export async function parseSources(
  files: string[]
): Promise<Array<{ file: string; program: SyntaxNode }>> {
  const { languageOptions } = (await new ESLint({ cwd: root }).calculateConfigForFile(
    join(root, 'app.ts')
  )) as {
    languageOptions: {
      parser: { parseForESLint: (text: string, options: object) => { ast: SyntaxNode } }
    }
  }
  return files.map((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const { ast } = languageOptions.parser.parseForESLint(text, { sourceType: 'module', loc: true })
    return { file, program: ast }
  })
}

function parseSource(file: string, program: SyntaxNode): Source {
  const source: Source = { file, imports: [], strings: [], expressions: [] }
  visit(program)
  return source

  function visit(node: SyntaxNode): void {
    const from = node['source'] as SyntaxNode | undefined
    if (/^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type) && from) {
      add(from, node['importKind'] === 'type' || node['exportKind'] === 'type', names(node))
    } else if (node.type === 'ImportExpression') add(from!, false, ['*'])
    else if (node.type === 'TSImportType') {
      add((node['source'] ?? (node['argument'] as SyntaxNode)['literal']) as SyntaxNode, true, [
        '*'
      ])
    } else if (node.type === 'Literal' && typeof node['value'] === 'string') {
      source.strings.push(node['value'])
    } else if (node.type === 'Literal' && node['regex']) {
      source.expressions.push(node['raw'] as string)
    } else if (node.type === 'TemplateElement') {
      source.strings.push((node['value'] as { raw: string }).raw)
    }
    for (const [key, child] of Object.entries(node)) {
      if (['parent', 'tokens', 'comments'].includes(key)) continue
      for (const inner of Array.isArray(child) ? child : [child]) {
        if (inner && typeof inner === 'object' && typeof (inner as SyntaxNode).type === 'string') {
          visit(inner as SyntaxNode)
        }
      }
    }
  }

  function add(from: SyntaxNode, typeOnly: boolean, taken: string[]): void {
    const specifier = from['value']
    if (typeof specifier !== 'string') return // a computed import(), as in migrate.ts and tests
    const target = specifier.startsWith('.') ? posix.join(dirname(file), specifier) : undefined
    source.imports.push({ specifier, target, names: taken, typeOnly })
  }
}

function names(node: SyntaxNode): string[] {
  if (node.type === 'ExportAllDeclaration') return ['*']
  return ((node['specifiers'] ?? []) as SyntaxNode[]).map((specifier) => {
    if (specifier.type === 'ImportDefaultSpecifier') return 'default'
    if (specifier.type === 'ImportNamespaceSpecifier') return '*'
    const { name, value } = (
      specifier.type === 'ImportSpecifier' ? specifier['imported'] : specifier['local']
    ) as { name?: string; value?: string }
    return name ?? value ?? ''
  })
}

/** The first circle of imports: a path that begins and ends with the same file. */
export function findCircle(sources: Source[]): string[] | undefined {
  const targets = new Map(
    sources.map(({ file, imports }) => [file, imports.flatMap(({ target }) => target ?? [])])
  )
  const done = new Set<string>()
  for (const file of targets.keys()) {
    const circle = follow(file, [])
    if (circle) return circle
  }

  function follow(file: string, path: string[]): string[] | undefined {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return
    for (const target of targets.get(file) ?? []) {
      const circle = follow(target, [...path, file])
      if (circle) return circle
    }
    done.add(file)
  }
}
