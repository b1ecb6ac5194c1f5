import { posix } from 'node:path'
import type { SourceImport } from '../grammars/index.ts'
import { ALIAS_SEPARATOR } from '../manifests.ts'

export interface KnownFile {
  path: string
  language: string
  imports: SourceImport[]
  provides: string[]
}

/** Lookup tables of the project's files, by the ways in which imports name them. */
export interface FileLookup {
  paths: ReadonlySet<string>
  /** Paths by base name. */
  byName: ReadonlyMap<string, string[]>
  /** Files directly in a folder; `.` is the project's folder. */
  inFolder: ReadonlyMap<string, string[]>
  /** The top-level folders. */
  top: ReadonlySet<string>
  /** Files by the names that they provide, and by the packages of these names. */
  providers: ReadonlyMap<string, string[]>
  inPackage: ReadonlyMap<string, string[]>
  /** Folders of manifests by package name. */
  packages: ReadonlyMap<string, string>
  /** Path aliases with the folders of their tsconfig.json, the longest first. */
  aliases: ReadonlyArray<{ folder: string; alias: string; target: string }>
}

/** Resolves an import of the file `from`. Returns no files if it leads out of the project. */
export type ImportResolver = (
  sourceImport: SourceImport,
  from: string,
  fileLookup: FileLookup
) => string[]

/** Files of one name that are considered, and aliases kept. */
const MAX_CANDIDATES = 200

const manifestFiles = new Set(['go.mod', 'Cargo.toml', 'package.json'])

/** Builds the lookup tables for all files of a project. */
export function buildFileLookup(files: readonly KnownFile[]): FileLookup {
  const byName = new Map<string, string[]>()
  const inFolder = new Map<string, string[]>()
  const providersByName = new Map<string, string[]>()
  const inPackage = new Map<string, string[]>()
  const packageFolders = new Map<string, string>()
  const pathAliases: Array<{ folder: string; alias: string; target: string }> = []
  for (const { path, provides } of files) {
    const fileName = posix.basename(path)
    appendPath(byName, fileName, path)
    appendPath(inFolder, posix.dirname(path), path)
    for (const providedName of provides) {
      const [alias = '', target] = providedName.split(ALIAS_SEPARATOR)
      if (target !== undefined) {
        pathAliases.push({ folder: posix.dirname(path), alias, target })
        continue
      }
      if (manifestFiles.has(fileName)) {
        packageFolders.set(providedName, posix.dirname(path))
        continue
      }
      appendPath(providersByName, providedName, path)
      appendPath(inPackage, providedName.replace(/[.\\][^.\\]*$/, ''), path)
    }
  }
  const projectPaths = new Set(files.map(({ path }) => path))
  const topFolders = new Set(
    [...projectPaths]
      .filter((path) => path.includes('/'))
      .map((path) => path.slice(0, path.indexOf('/')))
  )
  return {
    paths: projectPaths,
    byName,
    inFolder,
    top: topFolders,
    providers: providersByName,
    inPackage,
    packages: packageFolders,
    aliases: pathAliases.sort((a, b) => b.alias.length - a.alias.length).slice(0, MAX_CANDIDATES)
  }
}

function appendPath(map: Map<string, string[]>, name: string, path: string): void {
  const knownPaths = map.get(name)
  if (knownPaths) knownPaths.push(path)
  else map.set(name, [path])
}

/** The first path that exists, in an array; empty if none does. */
export function firstExisting(paths: Iterable<string>, { paths: there }: FileLookup): string[] {
  for (const candidatePath of paths) if (there.has(candidatePath)) return [candidatePath]
  return []
}

/** Joins a path to the folder of a file. Returns undefined if it leaves the project. */
export function pathBeside(from: string, relative: string): string | undefined {
  const joinedPath = posix.join(posix.dirname(from), relative)
  return joinedPath.startsWith('..') ? undefined : joinedPath
}

/** The folders of a file from the nearest to `.`. */
export function foldersOf(path: string): string[] {
  const parentFolders: string[] = []
  for (let parentFolder = posix.dirname(path); ; parentFolder = posix.dirname(parentFolder)) {
    parentFolders.push(parentFolder)
    if (parentFolder === '.') return parentFolders
  }
}

/**
 * Finds the file whose path ends with `ending`. `allowed` judges the part of the path before the
 * ending. The file that shares most folders with `from` wins.
 */
export function nearestEnding(
  ending: string,
  from: string,
  { byName }: FileLookup,
  allowed: (before: string) => boolean
): string[] {
  const matchingPaths = (byName.get(posix.basename(ending)) ?? [])
    .slice(0, MAX_CANDIDATES)
    .filter((path) =>
      path === ending
        ? allowed('')
        : path.endsWith(`/${ending}`) && allowed(path.slice(0, -ending.length - 1))
    )
  const sourceFolders = new Set(foldersOf(from))
  const folderDistance = (path: string) =>
    foldersOf(path).findIndex((folder) => sourceFolders.has(folder))
  const nearestPath = matchingPaths.toSorted(
    (a, b) => folderDistance(a) - folderDistance(b) || a.length - b.length || (a < b ? -1 : 1)
  )[0]
  return nearestPath === undefined ? [] : [nearestPath]
}
