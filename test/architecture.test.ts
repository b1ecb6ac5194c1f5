import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { extname, join } from 'node:path'
import t from 'tap'
import { faultOf } from './support/mutation-run.ts'
import { mutations } from './mutations/index.ts'
import { rankFault, rankOf } from './support/ranks.ts'
import { findCircle, projectFiles, readSources, root } from './support/sources.ts'

const files = projectFiles()
const sources = readSources(files.filter((file) => file.endsWith('.ts')))
/** Folders that may contain SQL. */
const sqlFolders = new Set(['db', 'migrations', 'test', 'bench'])

t.test('imports go down the ranks only', async (t) => {
  t.ok(
    sources.length > 50 && sources.some(({ imports }) => imports.length > 5),
    'the sources are read'
  )
  const faults = sources.flatMap(({ file, imports }) =>
    imports.flatMap((imported) => {
      const why = rankFault(file, imported)
      return why ? [`${file} imports ${imported.specifier}: ${why}`] : []
    })
  )
  t.same(faults, [])
})

t.test('every relative import names a file that exists', async (t) => {
  const missing = sources.flatMap(({ file, imports }) =>
    imports
      .filter(({ target }) => target && !files.includes(target))
      .map(({ specifier }) => `${file} imports ${specifier}`)
  )
  t.same(missing, [])
})

t.test('the service imports only what a production install or the build brings', async (t) => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    object
  >
  const brings = (name: string) =>
    name in dependencies! || existsSync(join(root, 'dist/node_modules', name))
  const missing = sources
    .filter(({ file }) => !/^(test|bench)\//.test(file))
    .flatMap(({ file, imports }) =>
      imports
        .filter(({ target, typeOnly, specifier }) => !target && !typeOnly && !isBuiltin(specifier))
        .map(({ specifier }) => /^(@[^/]+\/)?[^/]+/.exec(specifier)![0])
        .filter((name) => !brings(name))
        .map((name) => `${file} imports ${name}`)
    )
  t.same(missing, [])
})

t.test('no imports run in a circle', async (t) => {
  t.equal(findCircle(sources)?.join(' > '), undefined)
})

t.test('the rules refuse each forbidden import', async (t) => {
  const imported = (target: string, names = ['x'], typeOnly = false) => ({
    specifier: `../${target}`,
    target,
    names,
    typeOnly
  })
  const packageImport = (specifier: string) => ({
    specifier,
    target: undefined,
    names: ['x'],
    typeOnly: false
  })
  for (const [file, forbidden] of [
    ['migrations/001-users.ts', imported('db/schema/index.ts')],
    ['migrations/001-users.ts', packageImport('node:fs')],
    ['db/people/users.ts', packageImport('fastify')],
    ['db/people/users.ts', packageImport('@fastify/cookie')],
    ['db/people/users.ts', imported('db/oauth/grants.ts')],
    ['db/people/users.ts', imported('tools/scopes.ts', ['x'], true)],
    ['tools/memory.ts', imported('plugins/auth.ts')],
    ['tools/memory.ts', packageImport('fastify-plugin')],
    ['plugins/mcp-sse.ts', imported('plugins/auth.ts', ['default'])],
    ['plugins/mcp-sse.ts', imported('routes/health/index.ts')],
    ['routes/login/index.ts', imported('routes/account/form.ts')],
    ['routes/login/index.ts', imported('test/support/helper.ts')],
    ['cli/user.ts', imported('routes/login/index.ts')],
    ['cli/user.ts', imported('plugins/auth.ts', ['default'])],
    ['lib/errors.ts', imported('db/people/users.ts')],
    ['domain/memory/write.ts', imported('tools/scopes.ts', ['x'], true)],
    ['domain/memory/write.ts', packageImport('fastify')],
    ['tools/memory/store.ts', imported('db/memory/memories.ts')],
    ['services/text.ts', packageImport('node:fs')]
  ] as const) {
    t.ok(
      rankFault(file, { ...forbidden, names: [...forbidden.names] }),
      `${file} imports ${forbidden.specifier}`
    )
  }
  t.same(
    findCircle([
      { file: 'a', imports: [imported('b')], strings: [], expressions: [] },
      { file: 'b', imports: [imported('c', ['x'], true)], strings: [], expressions: [] },
      { file: 'c', imports: [imported('b')], strings: [], expressions: [] }
    ]),
    ['b', 'c', 'b']
  )
})

t.test('no file but the one stylesheet has more than 300 lines', async (t) => {
  const counted = ['.ts', '.js', '.mjs', '.eta', '.json', '.yml', '.yaml', '.sh']
  const long = files
    .filter(
      (file) =>
        (counted.includes(extname(file)) || file.startsWith('.ci/')) && file !== 'package-lock.json'
    )
    .map(
      (file) =>
        `${file}: ${readFileSync(join(root, file), 'utf8').replace(/\n$/, '').split('\n').length}`
    )
    .filter((line) => Number(line.split(': ')[1]) > 300)
  t.same(long, [])
})

t.test('SQL is written in db/ and migrations/ only', async (t) => {
  const beginnings = [
    'select\\s[\\s\\S]+\\sfrom\\s',
    'insert\\s+into\\s',
    'update\\s+\\S+\\s+set\\s',
    'delete\\s+from\\s',
    '(create|alter|drop)\\s+(table|index|function)\\s'
  ]
  const statement = new RegExp(`^\\s*(${beginnings.join('|')})`, 'i')
  t.ok(
    statement.test('  SELECT *\nfrom users') &&
      statement.test('update users set a = 1') &&
      !statement.test('Select one from')
  )
  const faults = sources
    .filter(({ file }) => !sqlFolders.has(rankOf(file)))
    .flatMap(({ file, imports, strings }) => [
      ...imports
        .filter(({ specifier, names }) => specifier === 'kysely' && names.includes('sql'))
        .map(() => `${file} imports sql`),
      ...strings.filter((text) => statement.test(text)).map((text) => `${file}: ${text.trim()}`)
    ])
  t.same(faults, [])
})

t.test(
  'a time limit comes from withDeadline, which the garbage collector does not collect',
  async (t) => {
    const joined = (file: string) =>
      readFileSync(join(root, file), 'utf8').includes('AbortSignal.any')
    t.same(
      sources
        .map(({ file }) => file)
        .filter((file) => !['test', 'bench'].includes(rankOf(file)) && joined(file)),
      ['lib/deadline.ts']
    )
  }
)

t.test('app.ts registers each file of plugins/ and each index.ts of its folders', async (t) => {
  const appText = readFileSync(join(root, 'app.ts'), 'utf8')
  const registered = [...appText.matchAll(/^import (\w+)[^\n]* from '\.\/(plugins\/[^']+)'/gm)]
    .filter(([, name]) => new RegExp(`app\\.register\\(${name}\\b`).test(appText))
    .map(([, , file]) => file!)
  t.same(
    registered.sort(),
    files.filter((file) => /^plugins\/([^/]+|[^/]+\/index)\.ts$/.test(file))
  )
})

t.test('the decorator app.exampleName stands in plugins/example-name', async (t) => {
  const decorators = files
    .filter((file) => file.startsWith('plugins/'))
    .flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/\.decorate\(\s*'(\w+)'/g)].map(
        ([, name]) => ({ file, name: name! })
      )
    )
  t.ok(decorators.length > 15, 'the decorators are read')
  t.same(
    decorators.filter(({ file, name }) => {
      const pluginName = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
      return ![`plugins/${pluginName}.ts`, `plugins/${pluginName}/index.ts`].includes(file)
    }),
    []
  )
})

t.test('no folder is a drawer for leftovers', async (t) => {
  const drawers = /(^|\/)(utils?|helpers?|services?|types|common|shared|misc)\//
  t.same(
    files.filter((file) => drawers.test(file)),
    []
  )
})

t.test('each rule of the mutation list stands in its file once, and has its test', async (t) => {
  t.ok(mutations.length >= 40)
  t.same(
    mutations.map(faultOf).filter((fault) => fault !== undefined),
    []
  )
})
