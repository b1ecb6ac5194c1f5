import { posix } from 'node:path'
import { firstOf, foldersOf, type Places, type Resolve } from './module-paths.ts'

function* module(path: string): Generator<string> {
  yield `${path}.py`
  yield `${path}/__init__.py`
  yield `${path}.pyi`
  yield `${path}/__init__.pyi`
}

/**
 * `from a import b` is a/b.py where that is a module, and else what a/__init__.py or a.py defines.
 */
export const resolvePython: Resolve = ({ specifier, names = [] }, from, places) => {
  const [, dots = '', dotted = ''] = /^(\.*)(.*)/s.exec(specifier) ?? []
  const path = dotted.replaceAll('.', '/')
  for (const root of dots ? [foldersOf(from)[dots.length - 1]] : rootsOf(from, places)) {
    if (root === undefined) return []
    const base = posix.join(root, path)
    const modules = names.flatMap((name) =>
      name === '*' ? [] : firstOf(module(posix.join(base, name)), places)
    )
    const own =
      modules.length < names.length || names.length === 0
        ? firstOf(path ? module(base) : [posix.join(base, '__init__.py')], places)
        : []
    if (modules.length > 0 || own.length > 0) return [...own, ...modules]
  }
  return []
}

/**
 * Folders that modules are named from: those of the file that are no packages themselves, the
 * nearest first, then those named src, lib or python.
 */
function rootsOf(from: string, { paths, top }: Places): string[] {
  const around = foldersOf(from).filter((folder) => !paths.has(posix.join(folder, '__init__.py')))
  const usual = ['src', 'lib', 'python'].filter(
    (folder) => top.has(folder) && !around.includes(folder)
  )
  return [...around, ...usual]
}
