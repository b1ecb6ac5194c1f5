import { setMaxListeners } from 'node:events'
import t from 'tap'
import { languageOfFile } from '../../../domain/code/languages.ts'
import { piecesOf } from '../../../domain/code/pieces.ts'
import { SourceReader, readSource } from '../../../domain/code/reader.ts'
import { samples } from './samples.ts'

const signal = new AbortController().signal
setMaxListeners(0, signal)
const read = (path: string, content: string) =>
  readSource({ path, language: languageOfFile(path), content }, signal)

for (const [path, { content, symbols, imports, provides = [] }] of Object.entries(samples)) {
  t.test(
    `what a file defines and imports is read by the grammar of ${languageOfFile(path)}`,
    async (t) => {
      const reading = await read(path, content)
      t.equal(reading?.parsed, true)
      t.same(
        reading?.symbols.map(({ kind, name }) => `${kind} ${name}`),
        symbols
      )
      t.same(
        reading?.imports.map(({ specifier }) => specifier),
        imports
      )
      t.same(reading?.provides, provides)
    }
  )
}

t.test('symbols have their lines, also where the file has errors', async (t) => {
  const reading = await read(
    'a.py',
    'def first():\n    return 1\n\n)))\n\ndef second():\n    return 2\n'
  )
  t.same(reading?.symbols, [
    { name: 'first', kind: 'function', first_line: 1, last_line: 2 },
    { name: 'second', kind: 'function', first_line: 6, last_line: 7 }
  ])
})

t.test(
  'pieces hold all lines but blank ones, each at its place, cut along definitions',
  async (t) => {
    const long = Array.from({ length: 100 }, (_, i) => `  step(${i})`)
    const content = [
      '// About.',
      'import x from "x"',
      '',
      '/** Runs. */',
      'export function run () {',
      ...long,
      '}',
      '',
      'class Small {',
      '}',
      ''
    ].join('\n')
    const pieces = (await read('a.ts', content))!.pieces
    const lines = content.split('\n')
    for (const { first_line: first, last_line: last, text } of pieces) {
      t.equal(text, lines.slice(first - 1, last).join('\n'))
    }
    t.ok(pieces.every(({ text }) => text.split('\n').length <= 60))
    t.same(
      pieces.filter(({ symbol }) => symbol.includes('run')).map(({ first_line: first }) => first),
      [4, 64],
      'with the comment before it'
    )
    t.equal(pieces.at(-1)!.symbol, 'Small')
    const words = (text: string) => text.split(/\s+/).filter(Boolean)
    t.same(
      pieces.flatMap(({ text }) => words(text)),
      words(content)
    )
  }
)

t.test('a long class is cut into its members', async (t) => {
  const methods = ['one', 'two'].map((name) => `  ${name} () {\n${'    work()\n'.repeat(40)}  }\n`)
  const pieces = (await read('a.js', `class Long {\n${methods.join('\n')}}\n`))!.pieces
  t.match(
    pieces.map(({ symbol }) => symbol),
    ['Long', 'Long.one', 'Long.two']
  )
})

t.test('a line without an end is cut, never inside a character', async (t) => {
  const line = `${'x'.repeat(3999)}${'😀'.repeat(3000)}`
  const pieces = piecesOf(line, [])
  t.equal(pieces.map(({ text }) => text).join(''), line)
  t.notOk(pieces.some(({ text }) => /\p{Surrogate}/u.test(text)))
})

t.test('a language without a grammar is read as lines', async (t) => {
  const reading = await read('notes.txt', 'First line\nSecond line')
  t.match(reading, { parsed: false, symbols: [], imports: [], lines: 2 })
  t.match(reading!.postings.map(([term]) => term).sort(), [
    'first',
    'line',
    'note',
    'notes.txt',
    'second',
    'txt'
  ])
})

t.test(
  'a hostile file is read as lines; the event loop goes on, and the next file is read',
  async (t) => {
    let longest = 0
    let last = performance.now()
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 10)
    const bombs: Record<string, string> = {
      'a.ts': 'a<'.repeat(250_000), // takes all memory of the parser
      'b.cpp': 'a<'.repeat(250_000), // takes all of its time
      'c.txt': 'x'.repeat(1_000_000)
    }
    for (const [path, content] of Object.entries(bombs)) {
      t.equal((await read(path, content))?.parsed, false, path)
    }
    clearInterval(watch)
    t.ok(longest < 1000, `${Math.round(longest)} ms at most without a turn`)
    t.equal((await read('after.ts', 'export const a = 1'))?.parsed, true)
  }
)

t.test('what is no longer wanted is not read', async (t) => {
  const ended = new AbortController()
  const first = read('a.ts', 'const a = 1')
  const second = readSource(
    { path: 'b.ts', language: 'typescript', content: 'const b = 1' },
    ended.signal
  )
  ended.abort()
  t.ok(await first)
  t.equal(await second, undefined)
})

t.test(
  'a child that takes too long or too much memory, or crashes, loses only its own file',
  async (t) => {
    const reader = new SourceReader(new URL('./stuck-child.js', import.meta.url), 3000)
    const readContent = (content: string) =>
      reader.read({ path: 'a.ts', language: 'typescript', content }, signal)
    const began = performance.now()
    const contents = [
      'good',
      'for ever',
      'good',
      'memory',
      'good',
      'abort',
      'crash',
      'exit',
      'last',
      'good'
    ]
    const readings = await Promise.all(contents.map(readContent))
    t.same(
      readings.map((reading) => reading?.parsed),
      contents.map((content) => ['good', 'last'].includes(content) || undefined)
    )
    t.ok(performance.now() - began > 2900, 'it has its time')
  }
)

t.test(
  'a file fails if no child can start, and the next one is read once a child can',
  async (t) => {
    const script = new URL('none:')
    const reader = new SourceReader(script, 3000)
    const readGood = () =>
      reader.read({ path: 'a.ts', language: 'typescript', content: 'good' }, signal)
    for (let times = 0; times < 2; times++) await t.rejects(readGood())
    script.href = new URL('./stuck-child.js', import.meta.url).href
    t.equal((await readGood())?.parsed, true)
  }
)
