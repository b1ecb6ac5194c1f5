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

/** Imports between two pauses, in which others get their turn. */
const PAUSE_INTERVAL = 2000
/** Imports of a whole project, and links that these make. */
export const MAX_IMPORTS = 300_000
const MAX_LINKS = 1_000_000

/** The imports of the project make more links than can be looked at. */
export class TooManyLinksError extends Error {}

/**
 * What a file imports: files of the project, and as they are written the imports that name none of
 * them.
 */
export interface FileLinks {
  files: Set<string>
  elsewhere: string[]
}

/**
 * Which files of a project import which. Nothing imports itself. Throws TooManyLinks, and what made
 * the signal abort.
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
