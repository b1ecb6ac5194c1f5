import { posix } from 'node:path'
import {
  pathBeside,
  firstExisting,
  foldersOf,
  nearestEnding,
  type ImportResolver
} from './module-paths.ts'

/**
 * A Go package is a folder: all of its files but tests. go.mod names the module; without it the end
 * of the path decides.
 */
export const resolveGo: ImportResolver = ({ specifier }, from, { packages, inFolder }) => {
  const packageFiles = (folder: string) =>
    (inFolder.get(folder) ?? []).filter(
      (path) => path.endsWith('.go') && !path.endsWith('_test.go')
    )
  const specifierParts = specifier.split('/')
  for (let prefixLength = specifierParts.length; prefixLength > 0; prefixLength--) {
    const moduleFolder = packages.get(specifierParts.slice(0, prefixLength).join('/'))
    if (moduleFolder !== undefined) {
      return packageFiles(posix.join(moduleFolder, ...specifierParts.slice(prefixLength)))
    }
  }
  if (packages.size > 0 || !specifierParts[0]!.includes('.')) return []
  for (let firstPart = 1; firstPart < specifierParts.length; firstPart++) {
    const goFiles = packageFiles(specifierParts.slice(firstPart).join('/'))
    if (goFiles.length > 0) return goFiles
  }
  return []
}

/** The Java type of that name, or the type around a member. A star imports the whole package. */
export const resolveJava: ImportResolver = ({ specifier }, from, { providers, inPackage }) => {
  if (specifier.endsWith('.*')) {
    return providers.get(specifier.slice(0, -2)) ?? inPackage.get(specifier.slice(0, -2)) ?? []
  }
  for (
    let typeName = specifier;
    typeName.includes('.');
    typeName = typeName.slice(0, typeName.lastIndexOf('.'))
  ) {
    const typeFiles = providers.get(typeName)
    if (typeFiles) return typeFiles
  }
  return []
}

/** A name of a PHP namespace, or a file by its path. */
export const resolvePhp: ImportResolver = ({ specifier }, from, fileLookup) => {
  if (!specifier.startsWith('./')) return fileLookup.providers.get(specifier) ?? []
  const includedPath = pathBeside(from, specifier)
  return firstExisting(
    [...(includedPath === undefined ? [] : [includedPath]), specifier.slice(2)],
    fileLookup
  )
}

/**
 * A header beside the file, else the nearest file whose path ends with it. In angle brackets it
 * needs a folder of its own or must be in a folder of headers.
 */
export const resolveInclude: ImportResolver = ({ specifier }, from, fileLookup) => {
  const systemHeader = /^<(.*)>$/.exec(specifier)?.[1]
  const siblingPath = systemHeader === undefined ? pathBeside(from, specifier) : undefined
  if (siblingPath !== undefined && fileLookup.paths.has(siblingPath)) return [siblingPath]
  const headerName = posix.normalize(systemHeader ?? specifier)
  return nearestEnding(
    headerName.replace(/^(\.\.\/)+/, ''),
    from,
    fileLookup,
    (before) =>
      systemHeader === undefined || headerName.includes('/') || /(^|\/)(include|inc)$/.test(before)
  )
}

/** `require_relative` starts at the folder of the file, `require` at lib and similar folders. */
export const resolveRuby: ImportResolver = ({ specifier }, from, fileLookup) => {
  const fileName = specifier.endsWith('.rb') ? specifier : `${specifier}.rb`
  const siblingPath = fileName.startsWith('.') ? pathBeside(from, fileName) : undefined
  if (fileName.startsWith('.')) {
    return siblingPath === undefined ? [] : firstExisting([siblingPath], fileLookup)
  }
  const parentFolders = new Set(foldersOf(from))
  return nearestEnding(
    fileName,
    from,
    fileLookup,
    (before) =>
      before === '' ||
      (/(^|\/)(lib|app|app\/\w+|spec|test)$/.test(before) &&
        parentFolders.has(posix.dirname(before)))
  )
}
