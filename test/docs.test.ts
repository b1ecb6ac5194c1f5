import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import t from 'tap'
import { ConfigSchema } from '../plugins/config/schema.ts'
import { projectFiles, readSources, root } from './support/sources.ts'

const files = projectFiles()
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const documents = files
  .filter((file) => file.endsWith('.md'))
  .map((file) => ({ file, text: read(file) }))
const allMatches = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, captured]) => captured!)

t.test(
  'every dependency has its reason in docs/dependencies.md, and nothing else has',
  async (t) => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    >
    const rows = allMatches(read('docs/dependencies.md'), /^\| `([^`]+)` +\| \S/gm)
    t.same(rows.toSorted(), Object.keys({ ...dependencies, ...devDependencies }).toSorted())
  }
)

t.test(
  'every relative link in the documents leads to a file, and to a heading of it',
  async (t) => {
    const broken = documents.flatMap(({ file, text }) =>
      allMatches(text, /\]\((?!\w+:)([^)\s]+)\)/g)
        .filter((link) => {
          const [path = '', anchor] = link.split('#')
          const target = path === '' ? file : posix.join(dirname(file), path)
          return (
            !existsSync(join(root, target)) ||
            (anchor !== undefined && !headingsOf(read(target)).includes(anchor))
          )
        })
        .map((link) => `${file}: ${link}`)
    )
    t.same(broken, [])
  }
)

t.test('every setting that the documents name exists', async (t) => {
  const ofTests = files
    .filter((file) => /^test\/.*\.ts$/.test(file))
    .flatMap((file) => allMatches(read(file), /env\[?\.?'?([A-Z]+(?:_[A-Z]+)+)/g))
  const ofCompose = files
    .filter((file) => /^compose.*\.yaml$/.test(file))
    .flatMap((file) => allMatches(read(file), /\$\{([A-Z_]+)/g))
  const known = new Set([...Object.keys(ConfigSchema.properties), ...ofTests, ...ofCompose])
  const unknown = documents.flatMap(({ file, text }) =>
    allMatches(text, /\b([A-Z]+(?:_[A-Z]+)+)\b/g)
      .filter(
        (name) =>
          !known.has(name) && !isConstantOf(file, name) && !/^YOUR_|_HERE$|^KAGURA_KEY$/.test(name)
      )
      .map((name) => `${file}: ${name}`)
  )
  t.same(unknown, [])
})

t.test('every action of the audit log is explained in docs/security.md', async (t) => {
  const sources = readSources(
    files.filter((file) => /^(plugins|routes|cli|tools)\/.*\.ts$/.test(file))
  )
  const actions = sources
    .flatMap(({ strings }) => strings)
    .filter((text) => /^(oauth|auth|key|user|page|request|memory)(\.[a-z_]+)+$/.test(text))
  t.ok(actions.length > 15, 'the actions are found')
  const explained = allMatches(read('docs/security.md'), /`([a-z]+(?:\.[a-z_]+)+)`/g)
  t.same(
    actions.filter((action) => !explained.includes(action)),
    []
  )
})

t.test('the limits in docs/architecture.md are those of the code', async (t) => {
  const rows = [
    ...read('docs/architecture.md').matchAll(/^\| .+ \| ([\d,]+) +\| `(\w+)` in `([^`]+)` +\|$/gm)
  ]
  t.ok(rows.length >= 8, 'the rows are found')
  for (const [, documented, constant, file] of rows) {
    const definition = new RegExp(`const ${constant} = ([\\d_* ]+)`).exec(read(file!))?.[1] ?? ''
    const value = definition
      .replaceAll('_', '')
      .split('*')
      .reduce((product, factor) => product * Number(factor), 1)
    t.equal(documented!.replaceAll(',', ''), String(value), `${constant} in ${file}`)
  }
})

t.test('the page about the architecture has at most 1,500 words', async (t) => {
  const words = read('docs/architecture.md').split(/\s+/).length
  t.ok(words <= 1500, `${words} words`)
})

t.test('every tool is named in the change log', async (t) => {
  const { allTools: tools } = await import('../tools/index.ts')
  const changes = read('CHANGELOG.md')
  t.same(
    tools.map(({ name }) => name).filter((name) => !changes.includes(`\`${name}\``)),
    []
  )
})

t.test('no file knows the machine that it was written on', async (t) => {
  const texts = files.filter(
    (file) =>
      /\.(ts|js|mjs|json|md|eta|css|yml|sh)$|^\.|^\.ci\//.test(file) && file !== 'package-lock.json'
  )
  const places = /(^|[\s'"`(=])\/(work|farm|root|home|Users|tmp)\/\w+/m
  t.ok(places.test(`see ${['', 'home', 'ada'].join('/')}`))
  t.same(
    texts.filter((file) => places.test(read(file))),
    []
  )
})

/** docs/architecture.md names constants of the code beside its limits. */
function isConstantOf(document: string, name: string): boolean {
  return document === 'docs/architecture.md' && read(document).includes(`\`${name}\` in \``)
}

/** The anchors of a document's headings. */
function headingsOf(text: string): string[] {
  return allMatches(text, /^#+ (.+)$/gm).map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
  )
}
