import { type NameShare, sharesOf } from './file-facts.ts'

const MAX_LIBRARIES = 10
/** Longer lines are generated code. */
const MAX_LINE_LENGTH = 300

const importPatterns = [
  /^\+\s*(?:import|export)\b[^'"]*\bfrom\s*['"]([^'"]+)['"]/, // JavaScript, TypeScript
  /^\+\s*import\s*['"]([^'"]+)['"]/,
  /^\+.*\brequire\(\s*['"]([^'"]+)['"]\s*\)/,
  /^\+\s*from\s+([\w.]+)\s+import\b/, // Python
  /^\+\s*import\s+([\w.]+)(?:\s*;)?(?:\s+as\s+\w+)?\s*$/, // Python, Java
  /^\+\s*use\s+([a-z_]\w*)(?:::|;)/, // Rust
  /^\+\s*#include\s*<([^>]+)>/
]

/** The libraries that added lines of the diffs import, each once in a diff; at most ten. */
export function libraryShares(diffs: readonly string[]): NameShare[] {
  const librariesIn = (diff: string) =>
    diff
      .split('\n')
      .filter((line) => line.startsWith('+') && line.length < MAX_LINE_LENGTH)
      .flatMap((line) => importedLibrary(line) ?? [])
  return sharesOf(diffs.flatMap((diff) => [...new Set(librariesIn(diff))])).slice(0, MAX_LIBRARIES)
}

/** The library that a line imports; undefined for the project's own files, and for other lines. */
function importedLibrary(line: string): string | undefined {
  for (const pattern of importPatterns) {
    const moduleName = pattern.exec(line)?.[1]
    if (moduleName !== undefined) return libraryOf(moduleName)
  }
  return undefined
}

function libraryOf(moduleName: string): string | undefined {
  const isOwnFile = /^[./#~]|^(crate|self|super|std)$|^@\//.test(moduleName)
  if (isOwnFile) return undefined
  if (moduleName.startsWith('node:')) return moduleName
  return moduleName.startsWith('@')
    ? moduleName.split('/').slice(0, 2).join('/')
    : moduleName.split(/[/.]/)[0]
}
