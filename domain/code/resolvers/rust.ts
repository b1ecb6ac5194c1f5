import { posix } from 'node:path'
import { firstExisting, foldersOf, type FileLookup, type ImportResolver } from './module-paths.ts'

const crateRootFiles = ['lib.rs', 'main.rs']

/** The folder of the modules that this file declares. */
function submoduleFolder(path: string): string {
  const parentFolder = posix.dirname(path)
  const baseName = posix.basename(path, '.rs')
  return [...crateRootFiles, 'mod.rs'].includes(`${baseName}.rs`) ||
    posix.basename(parentFolder) === 'bin'
    ? parentFolder
    : posix.join(parentFolder, baseName)
}

/** Files that may define the module of a folder. */
function* moduleFiles(folder: string): Generator<string> {
  yield `${folder}.rs`
  yield posix.join(folder, 'mod.rs')
  for (const rootFile of crateRootFiles) yield posix.join(folder, rootFile)
}

/**
 * Resolves `mod a` to its file, and `use crate::a::b::C` to the longest part of it that is a
 * module. Other crates of the workspace are known by their Cargo.toml.
 */
export const resolveRust: ImportResolver = ({ specifier }, from, fileLookup) => {
  const moduleFolder = submoduleFolder(from)
  if (specifier.startsWith('mod ')) {
    return firstExisting(moduleFiles(posix.join(moduleFolder, specifier.slice(4))), fileLookup)
  }
  const [first = '', ...rest] = specifier.split('::')
  if (first === 'crate') {
    const crateFolder = foldersOf(from).find((folder) =>
      crateRootFiles.some((name) => fileLookup.paths.has(posix.join(folder, name)))
    )
    return crateFolder === undefined ? [] : longestModulePath(crateFolder, rest, fileLookup)
  }
  if (first === 'self') {
    return longestModulePath(moduleFolder, rest, fileLookup).filter((path) => path !== from)
  }
  if (first === 'super') {
    let ancestorFolder = posix.dirname(moduleFolder)
    while (rest[0] === 'super') {
      rest.shift()
      ancestorFolder = posix.dirname(ancestorFolder)
    }
    return longestModulePath(ancestorFolder, rest, fileLookup)
  }
  const workspaceCrate = fileLookup.packages.get(first)
  if (workspaceCrate !== undefined) {
    return longestModulePath(posix.join(workspaceCrate, 'src'), rest, fileLookup)
  }
  return firstExisting(moduleFiles(posix.join(moduleFolder, first)), fileLookup).length > 0
    ? longestModulePath(moduleFolder, [first, ...rest], fileLookup)
    : []
}

function longestModulePath(
  folder: string,
  parts: readonly string[],
  fileLookup: FileLookup
): string[] {
  for (let prefixLength = parts.length; prefixLength >= 0; prefixLength--) {
    const existingFiles = firstExisting(
      moduleFiles(posix.join(folder, ...parts.slice(0, prefixLength))),
      fileLookup
    )
    if (existingFiles.length > 0) return existingFiles
  }
  return []
}
