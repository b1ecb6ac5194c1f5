import { posix } from 'node:path'
import {
  pathBeside,
  firstExisting,
  foldersOf,
  nearestEnding,
  type ImportResolver
} from './module-paths.ts'

/**
 * A package is a folder: all of its files, apart from tests. The module is named by go.mod; without
 * one by how the path ends.
 */
export const resolveGo: ImportResolver = ({ specifier }, from, { packages, inFolder }) => {
  const packageFiles = (folder: string) =>
    (inFolder.get(folder) ?? []).filter(
      (path) => path.endsWith('.go') && !path.endsWith('_test.go')
    )
  const specifierParts = specifier.split('/')
  for (let prefixLength = specifierParts.length; prefixLength > 0; prefixLength--) {
    const moduleFolder = packages.get(specifierParts.slice(0, prefixLength).join('/'))
    if (moduleFolder !== undefined)
      return packageFiles(posix.join(moduleFolder, ...specifierParts.slice(prefixLength)))
  }
  if (packages.size > 0 || !specifierParts[0]!.includes('.')) return []
  for (let firstPart = 1; firstPart < specifierParts.length; firstPart++) {
    const goFiles = packageFiles(specifierParts.slice(firstPart).join('/'))
    if (goFiles.length > 0) return goFiles
  }
  return []
}

/** The type of that name, or the one around a member of it; with a star, all of the package. */
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

/** What a namespace has of that name, or a file by its path. */
export const resolvePhp: ImportResolver = ({ specifier }, from, fileLookup) => {
  if (!specifier.startsWith('./')) return fileLookup.providers.get(specifier) ?? []
  const includedPath = pathBeside(from, specifier)
  return firstExisting(
    [...(includedPath === undefined ? [] : [includedPath]), specifier.slice(2)],
    fileLookup
  )
}

/**
 * Beside the file, or else the nearest whose path ends so; in angle brackets only from a folder of
 * headers, or with a folder of its own.
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

/** `require_relative` from the folder of the file, `require` from lib and the like. */
export const resolveRuby: ImportResolver = ({ specifier }, from, fileLookup) => {
  const fileName = specifier.endsWith('.rb') ? specifier : `${specifier}.rb`
  const siblingPath = fileName.startsWith('.') ? pathBeside(from, fileName) : undefined
  if (fileName.startsWith('.'))
    return siblingPath === undefined ? [] : firstExisting([siblingPath], fileLookup)
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
