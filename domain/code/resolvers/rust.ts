import { posix } from 'node:path'
import { firstOf, foldersOf, type Places, type Resolve } from './module-paths.ts'

const roots = ['lib.rs', 'main.rs']

/** The folder in which the modules inside the one of this file are. */
function insideOf(path: string): string {
  const folder = posix.dirname(path)
  const name = posix.basename(path, '.rs')
  return [...roots, 'mod.rs'].includes(`${name}.rs`) || posix.basename(folder) === 'bin'
    ? folder
    : posix.join(folder, name)
}

/** The module of a folder. */
function* moduleAt(folder: string): Generator<string> {
  yield `${folder}.rs`
  yield posix.join(folder, 'mod.rs')
  for (const root of roots) yield posix.join(folder, root)
}

/**
 * `mod a` is a file; of `use crate::a::b::C` as much as is one. Other crates of the workspace go by
 * their Cargo.toml.
 */
export const resolveRust: Resolve = ({ specifier }, from, places) => {
  const own = insideOf(from)
  if (specifier.startsWith('mod ')) {
    return firstOf(moduleAt(posix.join(own, specifier.slice(4))), places)
  }
  const [first = '', ...rest] = specifier.split('::')
  if (first === 'crate') {
    const root = foldersOf(from).find((folder) =>
      roots.some((name) => places.paths.has(posix.join(folder, name)))
    )
    return root === undefined ? [] : longest(root, rest, places)
  }
  if (first === 'self') return longest(own, rest, places).filter((path) => path !== from)
  if (first === 'super') {
    let folder = posix.dirname(own)
    while (rest[0] === 'super') {
      rest.shift()
      folder = posix.dirname(folder)
    }
    return longest(folder, rest, places)
  }
  const other = places.packages.get(first)
  if (other !== undefined) return longest(posix.join(other, 'src'), rest, places)
  return firstOf(moduleAt(posix.join(own, first)), places).length > 0
    ? longest(own, [first, ...rest], places)
    : []
}

function longest(folder: string, parts: readonly string[], places: Places): string[] {
  for (let length = parts.length; length >= 0; length--) {
    const found = firstOf(moduleAt(posix.join(folder, ...parts.slice(0, length))), places)
    if (found.length > 0) return found
  }
  return []
}
