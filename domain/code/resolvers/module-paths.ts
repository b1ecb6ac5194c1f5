import { posix } from 'node:path'
import type { Import } from '../grammars/index.ts'
import { STANDS_FOR } from '../manifests.ts'

export interface KnownFile {
  path: string
  language: string
  imports: Import[]
  provides: string[]
}

/** What files there are, in the ways in which imports name them. */
export interface Places {
  paths: ReadonlySet<string>
  /** Paths by the file's own name. */
  byName: ReadonlyMap<string, string[]>
  /** Files directly in a folder; `.` is the top. */
  inFolder: ReadonlyMap<string, string[]>
  /** The folders at the top. */
  top: ReadonlySet<string>
  /** Files by what they provide, and by the package that this is in. */
  providers: ReadonlyMap<string, string[]>
  inPackage: ReadonlyMap<string, string[]>
  /** Folders of manifests by the name that these give to them. */
  packages: ReadonlyMap<string, string>
  /** What stands for paths, each with its folder; the longest first. */
  aliases: ReadonlyArray<{ folder: string; alias: string; target: string }>
}

/** The files that an import of `from` names; none when it is not of this project. */
export type Resolve = (one: Import, from: string, places: Places) => string[]

/** Files of one name that are looked at, and aliases. */
const MAX_ALIKE = 200

const manifests = new Set(['go.mod', 'Cargo.toml', 'package.json'])

export function placesOf(files: readonly KnownFile[]): Places {
  const byName = new Map<string, string[]>()
  const inFolder = new Map<string, string[]>()
  const providers = new Map<string, string[]>()
  const inPackage = new Map<string, string[]>()
  const packages = new Map<string, string>()
  const aliases: Array<{ folder: string; alias: string; target: string }> = []
  for (const { path, provides } of files) {
    const name = posix.basename(path)
    add(byName, name, path)
    add(inFolder, posix.dirname(path), path)
    for (const provided of provides) {
      const [alias = '', target] = provided.split(STANDS_FOR)
      if (target !== undefined) {
        aliases.push({ folder: posix.dirname(path), alias, target })
        continue
      }
      if (manifests.has(name)) {
        packages.set(provided, posix.dirname(path))
        continue
      }
      add(providers, provided, path)
      add(inPackage, provided.replace(/[.\\][^.\\]*$/, ''), path)
    }
  }
  const paths = new Set(files.map(({ path }) => path))
  const top = new Set(
    [...paths].filter((path) => path.includes('/')).map((path) => path.slice(0, path.indexOf('/')))
  )
  return {
    paths,
    byName,
    inFolder,
    top,
    providers,
    inPackage,
    packages,
    aliases: aliases.sort((a, b) => b.alias.length - a.alias.length).slice(0, MAX_ALIKE)
  }
}

function add(map: Map<string, string[]>, name: string, path: string): void {
  const paths = map.get(name)
  if (paths) paths.push(path)
  else map.set(name, [path])
}

/** The first of these that is there. */
export function firstOf(paths: Iterable<string>, { paths: there }: Places): string[] {
  for (const path of paths) if (there.has(path)) return [path]
  return []
}

/** The path as it is there, from the folder of a file; undefined when it leaves the project. */
export function beside(from: string, relative: string): string | undefined {
  const path = posix.join(posix.dirname(from), relative)
  return path.startsWith('..') ? undefined : path
}

/** The folders that a file is in, the nearest first; `.` is the last. */
export function foldersOf(path: string): string[] {
  const folders: string[] = []
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    folders.push(folder)
    if (folder === '.') return folders
  }
}

/**
 * The file whose path ends so, among those where `allowed` says yes to what stands before; the one
 * that has most of its folders in common with `from`.
 */
export function nearestEnding(
  ending: string,
  from: string,
  { byName }: Places,
  allowed: (before: string) => boolean
): string[] {
  const found = (byName.get(posix.basename(ending)) ?? [])
    .slice(0, MAX_ALIKE)
    .filter((path) =>
      path === ending
        ? allowed('')
        : path.endsWith(`/${ending}`) && allowed(path.slice(0, -ending.length - 1))
    )
  const near = new Set(foldersOf(from))
  const distance = (path: string) => foldersOf(path).findIndex((folder) => near.has(folder))
  const best = found.toSorted(
    (a, b) => distance(a) - distance(b) || a.length - b.length || (a < b ? -1 : 1)
  )[0]
  return best === undefined ? [] : [best]
}
