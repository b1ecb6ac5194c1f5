// npm run house: measures how readable the code is, against the limits of CONTRIBUTING.md.
//   --short prints each one-word name that the product declares;
//   --conditions prints each condition that several files of an area of db/ repeat;
//   --names prints each name of the denylist with its place; --wide prints each line over 100.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { projectFiles, root } from '../support/sources.ts'
import { parseSources } from './syntax.ts'
import { repeatedConditions } from './conditions.ts'
import { declarationsOf, type Declaration } from './declarations.ts'

/** What the linter refuses, too (eslint.config.js). */
const denylist = new Set<string>(
  JSON.parse(readFileSync(join(root, 'test/house/denylist.json'), 'utf8')) as string[]
)
const files = projectFiles().filter((file) => file.endsWith('.ts'))
const isFixture = (file: string) => /\/recorded\//.test(file)
const isFrozen = (file: string) => file.startsWith('migrations/')
const lines = files
  .filter((file) => !isFixture(file))
  .flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .map((text, index) => ({ place: `${file}:${index + 1}`, text }))
  )
  .filter(({ text }) => text.trim() !== '')
const programs = await parseSources(files.filter((file) => !isFrozen(file)))
const declarations = programs.flatMap(({ file, program }) => declarationsOf(file, program))
const conditions = repeatedConditions(programs)

const wide = lines.filter(({ text }) => text.length > 100 && !/https?:\/\//.test(text))
const isProduct = ({ place }: Declaration) => !/^(test|bench)\//.test(place)
const names = declarations.filter(({ kind }) => kind === 'name' || kind === 'binding')
const declared = declarations.filter(({ kind }) => kind === 'name').filter(isProduct)
const functions = declarations.filter(({ kind }) => kind === 'function')
const denied = names.filter(({ name }) => denylist.has(name))

if (process.argv.includes('--wide')) for (const { place } of wide) console.log(place)
if (process.argv.includes('--names')) {
  for (const { place, name } of denied) console.log(`${place} ${name}`)
}
if (process.argv.includes('--conditions')) {
  for (const { condition, files: places } of conditions) console.log(condition, places.join(' '))
}
if (process.argv.includes('--short')) {
  for (const { place, name } of declared) if (wordsOf(name) === 1) console.log(`${place} ${name}`)
}
console.table({
  'lines of code': lines.length,
  'average line, characters': average(lines.map(({ text }) => text.length)),
  'lines over 100, without URLs': wide.length,
  'lines over 120, without URLs': wide.filter(({ text }) => text.length > 120).length,
  'longest file, lines': longest(files.filter((file) => !isFixture(file)).map(measureFile)),
  'longest function, lines': longest(functions.map(({ place, length }) => ({ place, length }))),
  'longest function of a test': longest(
    declarations.filter(({ kind }) => kind === 'test function')
  ),
  'words per declared name': average(declared.map(({ name }) => wordsOf(name))),
  'bare one-word names, %': percent(declared, ({ name }) => wordsOf(name) === 1),
  'names of the denylist': denied.length,
  'conditions in several files of an area': conditions.length,
  'files at the root of their folder': fullestFolder()
})

/** `maxTokens` and `MAX_TOKENS` have two words. */
function wordsOf(name: string): number {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .split(/[_$]+/)
    .filter(Boolean).length
}

function average(numbers: number[]): number {
  return Math.round((numbers.reduce((sum, number) => sum + number, 0) / numbers.length) * 100) / 100
}

function percent(measured: Declaration[], matches: (declaration: Declaration) => boolean): number {
  return Math.round((measured.filter(matches).length / measured.length) * 100)
}

function measureFile(file: string): { place: string; length: number } {
  const length = readFileSync(join(root, file), 'utf8').replace(/\n$/, '').split('\n').length
  return { place: file, length }
}

function longest(measured: Array<{ place: string; length: number }>): string {
  const [first] = [...measured].sort((a, b) => b.length - a.length)
  return first ? `${first.length} (${first.place})` : '0'
}

function fullestFolder(): string {
  const counts = new Map<string, number>()
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  const top = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5)
  return top.map(([folder, count]) => `${folder} ${count}`).join(', ')
}
