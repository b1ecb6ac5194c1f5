import { posix } from 'node:path'
import { beside, firstOf, foldersOf, nearestEnding, type Resolve } from './module-paths.ts'

/**
 * A package is a folder: all of its files, apart from tests. The module is named by go.mod; without
 * one by how the path ends.
 */
export const resolveGo: Resolve = ({ specifier }, from, { packages, inFolder }) => {
  const files = (folder: string) =>
    (inFolder.get(folder) ?? []).filter(
      (path) => path.endsWith('.go') && !path.endsWith('_test.go')
    )
  const parts = specifier.split('/')
  for (let length = parts.length; length > 0; length--) {
    const folder = packages.get(parts.slice(0, length).join('/'))
    if (folder !== undefined) return files(posix.join(folder, ...parts.slice(length)))
  }
  if (packages.size > 0 || !parts[0]!.includes('.')) return []
  for (let first = 1; first < parts.length; first++) {
    const found = files(parts.slice(first).join('/'))
    if (found.length > 0) return found
  }
  return []
}

/** The type of that name, or the one around a member of it; with a star, all of the package. */
export const resolveJava: Resolve = ({ specifier }, from, { providers, inPackage }) => {
  if (specifier.endsWith('.*')) {
    return providers.get(specifier.slice(0, -2)) ?? inPackage.get(specifier.slice(0, -2)) ?? []
  }
  for (let name = specifier; name.includes('.'); name = name.slice(0, name.lastIndexOf('.'))) {
    const found = providers.get(name)
    if (found) return found
  }
  return []
}

/** What a namespace has of that name, or a file by its path. */
export const resolvePhp: Resolve = ({ specifier }, from, places) => {
  if (!specifier.startsWith('./')) return places.providers.get(specifier) ?? []
  const path = beside(from, specifier)
  return firstOf([...(path === undefined ? [] : [path]), specifier.slice(2)], places)
}

/**
 * Beside the file, or else the nearest whose path ends so; in angle brackets only from a folder of
 * headers, or with a folder of its own.
 */
export const resolveInclude: Resolve = ({ specifier }, from, places) => {
  const system = /^<(.*)>$/.exec(specifier)?.[1]
  const path = system === undefined ? beside(from, specifier) : undefined
  if (path !== undefined && places.paths.has(path)) return [path]
  const name = posix.normalize(system ?? specifier)
  return nearestEnding(
    name.replace(/^(\.\.\/)+/, ''),
    from,
    places,
    (before) => system === undefined || name.includes('/') || /(^|\/)(include|inc)$/.test(before)
  )
}

/** `require_relative` from the folder of the file, `require` from lib and the like. */
export const resolveRuby: Resolve = ({ specifier }, from, places) => {
  const name = specifier.endsWith('.rb') ? specifier : `${specifier}.rb`
  const path = name.startsWith('.') ? beside(from, name) : undefined
  if (name.startsWith('.')) return path === undefined ? [] : firstOf([path], places)
  const folders = new Set(foldersOf(from))
  return nearestEnding(
    name,
    from,
    places,
    (before) =>
      before === '' ||
      (/(^|\/)(lib|app|app\/\w+|spec|test)$/.test(before) && folders.has(posix.dirname(before)))
  )
}
