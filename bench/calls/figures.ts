import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { format } from 'prettier'

/** One row of the table: what was measured, and what it should be. */
export interface Figure {
  work: string
  measured: string
  goal: string
}

const BEGIN = '<!-- figures: npm run bench -- calls -->'
const END = '<!-- end of figures -->'

/** Puts the figures into a document, between its two marks. Throws when it has no marks. */
export async function writeFigures(path: string, figures: readonly Figure[]): Promise<void> {
  const document = readFileSync(path, 'utf8')
  const [before, rest] = document.split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`${path} has no marks for the figures.`)
  const table = [
    '| work | measured | goal |',
    '| --- | --- | --- |',
    ...figures.map(({ work, measured, goal }) => `| ${work} | ${measured} | ${goal} |`)
  ].join('\n')
  const written = `${before}${BEGIN}\n\n${machine()}\n\n${table}\n\n${END}${after}`
  writeFileSync(path, await format(written, { parser: 'markdown' }))
}

function machine(): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const processors = cpus()
  const day = new Date().toISOString().slice(0, 10)
  return `Measured on ${day} at commit ${commit}: ${processors.length} cores, Node.js ${process.version}.`
}
