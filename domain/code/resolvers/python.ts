import { posix } from 'node:path'
import { firstExisting, foldersOf, type FileLookup, type ImportResolver } from './module-paths.ts'

function* moduleFiles(path: string): Generator<string> {
  yield `${path}.py`
  yield `${path}/__init__.py`
  yield `${path}.pyi`
  yield `${path}/__init__.pyi`
}

/** `from a import b` means a/b.py if that is a module, else a name in a/__init__.py or a.py. */
export const resolvePython: ImportResolver = ({ specifier, names = [] }, from, fileLookup) => {
  const [, dots = '', dotted = ''] = /^(\.*)(.*)/s.exec(specifier) ?? []
  const modulePath = dotted.replaceAll('.', '/')
  for (const rootFolder of dots ? [foldersOf(from)[dots.length - 1]] : rootsOf(from, fileLookup)) {
    if (rootFolder === undefined) return []
    const basePath = posix.join(rootFolder, modulePath)
    const importedModules = names.flatMap((name) =>
      name === '*' ? [] : firstExisting(moduleFiles(posix.join(basePath, name)), fileLookup)
    )
    const packageFiles =
      importedModules.length < names.length || names.length === 0
        ? firstExisting(
            modulePath ? moduleFiles(basePath) : [posix.join(basePath, '__init__.py')],
            fileLookup
          )
        : []
    if (importedModules.length > 0 || packageFiles.length > 0) {
      return [...packageFiles, ...importedModules]
    }
  }
  return []
}

/**
 * Folders from which modules are imported: those of the file that are no packages, the nearest
 * first, then src, lib and python.
 */
function rootsOf(from: string, { paths, top }: FileLookup): string[] {
  const surroundingFolders = foldersOf(from).filter(
    (folder) => !paths.has(posix.join(folder, '__init__.py'))
  )
  const usualRoots = ['src', 'lib', 'python'].filter(
    (folder) => top.has(folder) && !surroundingFolders.includes(folder)
  )
  return [...surroundingFolders, ...usualRoots]
}
