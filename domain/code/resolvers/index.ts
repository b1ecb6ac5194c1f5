import { setImmediate as pause } from 'node:timers/promises'
import { resolveGo, resolveInclude, resolveJava, resolvePhp, resolveRuby } from './others.ts'
import { type KnownFile, placesOf, type Resolve } from './module-paths.ts'
import { resolvePython } from './python.ts'
import { resolveRust } from './rust.ts'
import { resolveScript } from './scripts.ts'

export type { KnownFile } from './module-paths.ts'

const byLanguage: Readonly<Record<string, Resolve>> = {
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
const STRIDE = 2000
/** Imports of a whole project, and links that these make. */
export const MAX_IMPORTS = 300_000
const MAX_LINKS = 1_000_000

/** The imports of the project make more links than can be looked at. */
export class TooManyLinks extends Error {}

/**
 * What a file imports: files of the project, and as they are written the imports that name none of
 * them.
 */
export interface Links {
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
): Promise<Map<string, Links>> {
  const places = placesOf(files)
  const links = new Map<string, Links>()
  let [looked, made] = [0, 0]
  for (const { path, language, imports } of files) {
    const found: Links = { files: new Set(), elsewhere: [] }
    links.set(path, found)
    for (const one of imports) {
      if (++looked % STRIDE === 0) await pause(undefined, { signal })
      const targets = byLanguage[language]?.(one, path, places) ?? []
      if (targets.length === 0) found.elsewhere.push(one.specifier)
      for (const target of targets) if (target !== path) found.files.add(target)
    }
    if ((made += found.files.size) > MAX_LINKS) throw new TooManyLinks()
  }
  return links
}
