import { posix } from 'node:path'
import { beside, firstOf, type Places, type Resolve } from './module-paths.ts'

const endings = ['.ts', '.tsx', '.d.ts', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json']
/** What stands for what in TypeScript's resolution: ./a.js is written for a.ts. */
const sources: Readonly<Record<string, string[]>> = {
  '.js': ['.ts', '.tsx', '.d.ts', '.jsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts']
}

function* candidates(path: string): Generator<string> {
  yield path
  const extension = posix.extname(path)
  for (const other of sources[extension] ?? []) yield path.slice(0, -extension.length) + other
  for (const ending of endings) yield path + ending
  for (const ending of endings) yield posix.join(path, `index${ending}`)
}

/**
 * Relative paths, aliases of a tsconfig.json, and packages of the same repository by their
 * package.json.
 */
export const resolveScript: Resolve = ({ specifier }, from, places) => {
  const named = specifier.replace(/[?#].*/s, '')
  if (/^\.{1,2}(\/|$)/.test(named)) {
    const path = beside(from, named)
    return path === undefined ? [] : firstOf(candidates(path), places)
  }
  const aliased = byAlias(named, from, places)
  return aliased.length > 0 ? aliased : inPackage(named, places)
}

function byAlias(named: string, from: string, places: Places): string[] {
  for (const { folder, alias, target } of places.aliases) {
    if (folder !== '.' && !from.startsWith(`${folder}/`)) continue
    const [before = '', after] = alias.split('*')
    const matches =
      after === undefined
        ? named === alias
        : named.startsWith(before) &&
          named.endsWith(after) &&
          named.length >= before.length + after.length
    if (!matches) continue
    const star = after === undefined ? '' : named.slice(before.length, named.length - after.length)
    const found = firstOf(
      candidates(
        posix.join(
          folder,
          target.replace('*', () => star)
        )
      ),
      places
    )
    if (found.length > 0) return found
  }
  return []
}

function inPackage(named: string, places: Places): string[] {
  const [name = '', rest = ''] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(named)?.slice(1) ?? []
  const folder = places.packages.get(name)
  if (folder === undefined) return []
  const inside = (part: string) => [
    ...candidates(posix.join(folder, part)),
    ...candidates(posix.join(folder, 'src', part))
  ]
  return firstOf(rest ? inside(rest) : [...inside('index'), ...inside('main')], places)
}
