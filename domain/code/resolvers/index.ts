import { setImmediate as pause } from 'node:timers/promises'
import { resolveGo, resolveInclude, resolveJava, resolvePhp, resolveRuby } from './others.ts'
import { type KnownFile, buildFileLookup, type ImportResolver } from './module-paths.ts'
import { resolvePython } from './python.ts'
import { resolveRust } from './rust.ts'
import { resolveScript } from './scripts.ts'

export type { KnownFile } from './module-paths.ts'

const resolverByLanguage: Readonly<Record<string, ImportResolver>> = {
  typescript: resolveScript,
  tsx: resolveScript,
  javascript: resolveScript,
  python: resolvePython,
  go: resolveGo,
  rust: resolveRust,
  java: resolveJava,
  c: resolveInclude,
  cpp: resolveInclude,
  ruby: resolveRuby,
  php: resolvePhp
}

/** Imports resolved between two pauses, in which other requests run. */
const PAUSE_INTERVAL = 2000
/** Limits of a whole project: its imports, and the links that they make. */
export const MAX_IMPORTS = 300_000
const MAX_LINKS = 1_000_000

/** The imports of the project make more links than one call can follow. */
export class TooManyLinksError extends Error {
  override readonly name = 'TooManyLinksError'
}

/** The files of the project that a file imports, and the specifiers of all other imports. */
export interface FileLinks {
  files: Set<string>
  elsewhere: string[]
}

/**
 * Resolves the imports of all files of a project. No file links to itself. Throws
 * TooManyLinksError, and the reason of an aborted signal.
 */
export async function linksOf(
  files: readonly KnownFile[],
  signal: AbortSignal
): Promise<Map<string, FileLinks>> {
  const fileLookup = buildFileLookup(files)
  const linksByFile = new Map<string, FileLinks>()
  let [importCount, linkCount] = [0, 0]
  for (const { path, language, imports } of files) {
    const fileLinks: FileLinks = { files: new Set(), elsewhere: [] }
    linksByFile.set(path, fileLinks)
    for (const sourceImport of imports) {
      if (++importCount % PAUSE_INTERVAL === 0) await pause(undefined, { signal })
      const targetFiles = resolverByLanguage[language]?.(sourceImport, path, fileLookup) ?? []
      if (targetFiles.length === 0) fileLinks.elsewhere.push(sourceImport.specifier)
      for (const targetFile of targetFiles) if (targetFile !== path) fileLinks.files.add(targetFile)
    }
    if ((linkCount += fileLinks.files.size) > MAX_LINKS) throw new TooManyLinksError()
  }
  return linksByFile
}
