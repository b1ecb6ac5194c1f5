import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

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

/** The imports, strings and regular expressions of each TypeScript file. */
export function readSources(files: string[]): Source[] {
  return files.map((file) => {
    const source: Source = { file, imports: [], strings: [], expressions: [] }
    const text = readFileSync(join(root, file), 'utf8')
    collect(ts.createSourceFile(file, text, ts.ScriptTarget.Latest), source)
    return source
  })
}

function collect(node: ts.Node, source: Source): void {
  const { imports, strings, expressions } = source
  const importedFile = findImport(node, source.file)
  if (importedFile) imports.push(importedFile)
  if (ts.isRegularExpressionLiteral(node)) expressions.push(node.text)
  else if (ts.isStringLiteral(node)) strings.push(node.text)
  else if (ts.isTemplateLiteralToken(node)) strings.push(node.rawText ?? node.text)
  ts.forEachChild(node, (child) => collect(child, source))
}

/** What a node imports or exports from another file; undefined for a computed import(). */
function findImport(node: ts.Node, file: string): Import | undefined {
  if (ts.isImportDeclaration(node)) {
    const { importClause: clause } = node
    return imported(file, node.moduleSpecifier, namesOf(clause), clause?.isTypeOnly)
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    const { exportClause: clause } = node
    const names = clause && ts.isNamedExports(clause) ? elementNames(clause) : ['*']
    return imported(file, node.moduleSpecifier, names, node.isTypeOnly)
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return imported(file, node.argument.literal, ['*'], true)
  }
  const isCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
  return isCall ? imported(file, node.arguments[0]!, ['*'], false) : undefined
}

function imported(
  file: string,
  from: ts.Node,
  names: string[],
  typeOnly = false
): Import | undefined {
  if (!ts.isStringLiteral(from)) return undefined
  const specifier = from.text
  const target = specifier.startsWith('.') ? posix.join(dirname(file), specifier) : undefined
  return { specifier, target, names, typeOnly }
}

function namesOf(clause: ts.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings
  return [
    ...(clause?.name ? ['default'] : []),
    ...(bindings ? (ts.isNamedImports(bindings) ? elementNames(bindings) : ['*']) : [])
  ]
}

/** The names that the other file exports, whatever they are called here. */
function elementNames({ elements }: ts.NamedImports | ts.NamedExports): string[] {
  return elements.map(({ propertyName, name }) => (propertyName ?? name).text)
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
