import { isTest } from './evidence.ts'

export interface Share {
  name: string
  count: number
  share: number
}

const extensions = {
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
const languages = new Map(
  Object.entries(extensions).flatMap(([language, endings]) =>
    endings.split(' ').map((ending) => [ending, language])
  )
)

/** How often each name occurs, the most frequent first. */
export function shares(names: readonly string[]): Share[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts.entries()]
    .map(([name, count]) => ({ name, count, share: count / names.length }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
}

/** `TypeScript 80 %, CSS 20 %`. */
export function sharesText(found: readonly Share[]): string {
  return found.map(({ name, share }) => `${name} ${Math.round(share * 100)} %`).join(', ')
}

/** The languages of the files, each file once; at most five. */
export function languagesOf(paths: readonly string[]): Share[] {
  return shares(
    [...new Set(paths)].flatMap((path) => languages.get(extensionOf(path)) ?? [])
  ).slice(0, 5)
}

/** How files of several words are named: kebab-case, snake_case, camelCase, PascalCase. */
export function namingOf(paths: readonly string[]): Share[] {
  return shares(
    [...new Set(paths)].flatMap((path) => styleOf(nameOf(path).replace(/\..*/s, '')) ?? [])
  )
}

function styleOf(name: string): string | undefined {
  if (/^[a-z\d]+(-[a-z\d]+)+$/.test(name)) return 'kebab-case'
  if (/^[a-z\d]+(_[a-z\d]+)+$/.test(name)) return 'snake_case'
  if (/^[a-z][a-z\d]*([A-Z][a-z\d]*)+$/.test(name)) return 'camelCase'
  if (/^([A-Z][a-z\d]+){2,}$/.test(name)) return 'PascalCase'
}

/** The first folders of the files. */
export function foldersOf(paths: readonly string[]): Share[] {
  return shares(
    [...new Set(paths)].flatMap((path) => /^\.?\/?([^/\\]+)[/\\]/.exec(path)?.[1] ?? [])
  ).slice(0, 5)
}

/** Where tests stand: in folders of their own, or beside what they test. */
export function testPlaces(paths: readonly string[]): Share[] {
  return shares(
    [...new Set(paths)]
      .filter(isTest)
      .map((path) =>
        /(^|[/\\])(tests?|__tests__|specs?|e2e)[/\\]/.test(path)
          ? 'in folders of their own'
          : 'beside what they test'
      )
  )
}

const imports = [
  /^\+\s*(?:import|export)\b[^'"]*\bfrom\s*['"]([^'"]+)['"]/, // JavaScript, TypeScript
  /^\+\s*import\s*['"]([^'"]+)['"]/,
  /^\+.*\brequire\(\s*['"]([^'"]+)['"]\s*\)/,
  /^\+\s*from\s+([\w.]+)\s+import\b/, // Python
  /^\+\s*import\s+([\w.]+)(?:\s*;)?(?:\s+as\s+\w+)?\s*$/, // Python, Java
  /^\+\s*use\s+([a-z_]\w*)(?:::|;)/, // Rust
  /^\+\s*#include\s*<([^>]+)>/
]

/** The libraries that added lines of diffs import; files of the project itself are none. */
export function librariesOf(diffs: readonly string[]): Share[] {
  const found = diffs.flatMap((diff) => [
    ...new Set(
      diff
        .split('\n')
        .filter((line) => line.startsWith('+') && line.length < 300)
        .flatMap((line) => libraryOf(line) ?? [])
    )
  ])
  return shares(found).slice(0, 10)
}

function libraryOf(line: string): string | undefined {
  for (const pattern of imports) {
    const name = pattern.exec(line)?.[1]
    if (name === undefined) continue
    if (/^[./#~]|^(crate|self|super|std)$|^@\//.test(name)) return
    return name.startsWith('@')
      ? name.split('/').slice(0, 2).join('/')
      : name.startsWith('node:')
        ? name
        : name.split(/[/.]/)[0]
  }
}

/** Files that were changed in the same sessions, at least twice. */
export function changedTogether(
  changes: ReadonlyArray<{ session_id: string; file_path: string }>
): Array<{ pair: [string, string]; sessions: number }> {
  const bySession = new Map<string, Set<string>>()
  for (const { session_id: id, file_path: path } of changes) {
    bySession.set(id, (bySession.get(id) ?? new Set()).add(path))
  }
  const pairs = new Map<string, number>()
  for (const files of bySession.values()) {
    const sorted = [...files].sort().slice(0, 40)
    for (const [i, one] of sorted.entries()) {
      for (const other of sorted.slice(i + 1)) {
        pairs.set(`${one}\n${other}`, (pairs.get(`${one}\n${other}`) ?? 0) + 1)
      }
    }
  }
  return [...pairs.entries()]
    .filter(([, count]) => count >= 2)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, 5)
    .map(([names, sessions]) => ({ pair: names.split('\n') as [string, string], sessions }))
}

function nameOf(path: string): string {
  return path.split(/[/\\]/).at(-1)!
}

function extensionOf(path: string): string {
  return /\.(\w+)$/.exec(nameOf(path))?.[1]?.toLowerCase() ?? ''
}
