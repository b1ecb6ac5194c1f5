import { posix } from 'node:path'
import { pathBeside, firstExisting, type FileLookup, type ImportResolver } from './module-paths.ts'

const fileEndings = ['.ts', '.tsx', '.d.ts', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json']
/** TypeScript imports a.ts as ./a.js. */
const sourceEndings: Readonly<Record<string, string[]>> = {
  '.js': ['.ts', '.tsx', '.d.ts', '.jsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts']
}

function* candidateFiles(path: string): Generator<string> {
  yield path
  const writtenExtension = posix.extname(path)
  for (const sourceEnding of sourceEndings[writtenExtension] ?? []) {
    yield path.slice(0, -writtenExtension.length) + sourceEnding
  }
  for (const fileEnding of fileEndings) yield path + fileEnding
  for (const fileEnding of fileEndings) yield posix.join(path, `index${fileEnding}`)
}

/** Resolves relative paths, aliases of a tsconfig.json, and packages of the same repository. */
export const resolveScript: ImportResolver = ({ specifier }, from, fileLookup) => {
  const modulePath = specifier.replace(/[?#].*/s, '')
  if (/^\.{1,2}(\/|$)/.test(modulePath)) {
    const filePath = pathBeside(from, modulePath)
    return filePath === undefined ? [] : firstExisting(candidateFiles(filePath), fileLookup)
  }
  const aliasedFiles = resolveAlias(modulePath, from, fileLookup)
  return aliasedFiles.length > 0 ? aliasedFiles : resolvePackage(modulePath, fileLookup)
}

function resolveAlias(modulePath: string, from: string, fileLookup: FileLookup): string[] {
  for (const { folder, alias, target } of fileLookup.aliases) {
    if (folder !== '.' && !from.startsWith(`${folder}/`)) continue
    const [before = '', after] = alias.split('*')
    const isMatch =
      after === undefined
        ? modulePath === alias
        : modulePath.startsWith(before) &&
          modulePath.endsWith(after) &&
          modulePath.length >= before.length + after.length
    if (!isMatch) continue
    const starText =
      after === undefined ? '' : modulePath.slice(before.length, modulePath.length - after.length)
    const targetFiles = firstExisting(
      candidateFiles(
        posix.join(
          folder,
          target.replace('*', () => starText)
        )
      ),
      fileLookup
    )
    if (targetFiles.length > 0) return targetFiles
  }
  return []
}

function resolvePackage(modulePath: string, fileLookup: FileLookup): string[] {
  const [name = '', rest = ''] =
    /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(modulePath)?.slice(1) ?? []
  const packageFolder = fileLookup.packages.get(name)
  if (packageFolder === undefined) return []
  const filesInside = (part: string) => [
    ...candidateFiles(posix.join(packageFolder, part)),
    ...candidateFiles(posix.join(packageFolder, 'src', part))
  ]
  return firstExisting(
    rest ? filesInside(rest) : [...filesInside('index'), ...filesInside('main')],
    fileLookup
  )
}
