import { isTestFile } from '../../lib/test-files.ts'

/** How often a name occurs. `share`: 0 to 1, of all names. */
export interface NameShare {
  name: string
  count: number
  share: number
}

const MAX_LANGUAGES = 5
const MAX_FOLDERS = 5
/** Files of one session that are paired with each other. */
const MAX_PAIRED_FILES = 40
const MAX_PAIRS = 5

const languageEndings = {
  TypeScript: 'ts mts cts tsx',
  JavaScript: 'js mjs cjs jsx',
  Python: 'py pyi',
  Go: 'go',
  Rust: 'rs',
  Java: 'java',
  Kotlin: 'kt kts',
  C: 'c h',
  'C++': 'cc cpp cxx hpp hh',
  'C#': 'cs',
  Ruby: 'rb erb',
  PHP: 'php',
  Swift: 'swift',
  Scala: 'scala',
  Dart: 'dart',
  Elixir: 'ex exs',
  Shell: 'sh bash zsh',
  SQL: 'sql',
  HTML: 'html eta ejs hbs',
  CSS: 'css scss less',
  Vue: 'vue',
  Svelte: 'svelte',
  Markdown: 'md mdx',
  YAML: 'yml yaml',
  TOML: 'toml',
  JSON: 'json',
  Terraform: 'tf'
}
const languageByEnding = new Map(
  Object.entries(languageEndings).flatMap(([language, endings]) =>
    endings.split(' ').map((ending) => [ending, language])
  )
)

/** How often each name occurs, the most frequent first. */
export function sharesOf(names: readonly string[]): NameShare[] {
  const nameCounts = new Map<string, number>()
  for (const name of names) nameCounts.set(name, (nameCounts.get(name) ?? 0) + 1)
  return [...nameCounts]
    .map(([name, count]) => ({ name, count, share: count / names.length }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
}

/** The shares in words, such as `TypeScript 80 %, CSS 20 %`. */
export function sharesText(shares: readonly NameShare[]): string {
  return shares.map(({ name, share }) => `${name} ${Math.round(share * 100)} %`).join(', ')
}

/** The languages of the files, each file once; at most five. */
export function languageShares(paths: readonly string[]): NameShare[] {
  const fileLanguages = [...new Set(paths)].flatMap(
    (path) => languageByEnding.get(endingOf(path)) ?? []
  )
  return sharesOf(fileLanguages).slice(0, MAX_LANGUAGES)
}

/** How files of several words are named: kebab-case, snake_case, camelCase, PascalCase. */
export function namingShares(paths: readonly string[]): NameShare[] {
  const stemOf = (path: string) => fileNameOf(path).replace(/\..*/s, '')
  return sharesOf([...new Set(paths)].flatMap((path) => namingStyle(stemOf(path)) ?? []))
}

function namingStyle(name: string): string | undefined {
  if (/^[a-z\d]+(-[a-z\d]+)+$/.test(name)) return 'kebab-case'
  if (/^[a-z\d]+(_[a-z\d]+)+$/.test(name)) return 'snake_case'
  if (/^[a-z][a-z\d]*([A-Z][a-z\d]*)+$/.test(name)) return 'camelCase'
  if (/^([A-Z][a-z\d]+){2,}$/.test(name)) return 'PascalCase'
  return undefined
}

/** The top folders of the files; at most five. */
export function folderShares(paths: readonly string[]): NameShare[] {
  const topFolder = /^\.?\/?([^/\\]+)[/\\]/
  const topFolders = [...new Set(paths)].flatMap((path) => topFolder.exec(path)?.[1] ?? [])
  return sharesOf(topFolders).slice(0, MAX_FOLDERS)
}

/** Where test files are placed: in folders of their own, or beside what they test. */
export function testPlaceShares(paths: readonly string[]): NameShare[] {
  const testFolder = /(^|[/\\])(tests?|__tests__|specs?|e2e)[/\\]/
  const testPaths = [...new Set(paths)].filter(isTestFile)
  return sharesOf(
    testPaths.map((path) =>
      testFolder.test(path) ? 'in folders of their own' : 'beside what they test'
    )
  )
}

/** Two files, and the number of sessions that changed both. */
export interface FilePair {
  pair: [string, string]
  sessions: number
}

/** Files that were changed in the same sessions, at least twice; the most frequent five pairs. */
export function changedTogether(
  changes: ReadonlyArray<{ session_id: string; file_path: string }>
): FilePair[] {
  const filesBySession = new Map<string, Set<string>>()
  for (const { session_id: sessionId, file_path: path } of changes) {
    filesBySession.set(sessionId, (filesBySession.get(sessionId) ?? new Set()).add(path))
  }
  const pairCounts = new Map<string, number>()
  for (const paths of filesBySession.values()) {
    for (const pairKey of pairKeys([...paths].sort().slice(0, MAX_PAIRED_FILES))) {
      pairCounts.set(pairKey, (pairCounts.get(pairKey) ?? 0) + 1)
    }
  }
  return [...pairCounts]
    .filter(([, count]) => count >= 2)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, MAX_PAIRS)
    .map(([pairKey, sessions]) => ({ pair: pairKey.split('\n') as [string, string], sessions }))
}

/** Each two of the paths, joined by a line break. */
function pairKeys(paths: string[]): string[] {
  return paths.flatMap((firstPath, i) =>
    paths.slice(i + 1).map((secondPath) => `${firstPath}\n${secondPath}`)
  )
}

function fileNameOf(path: string): string {
  return path.split(/[/\\]/).at(-1)!
}

function endingOf(path: string): string {
  return /\.(\w+)$/.exec(fileNameOf(path))?.[1]?.toLowerCase() ?? ''
}
