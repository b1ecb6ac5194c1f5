import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { temporaryDirectory } from './support/helper.ts'
import { root } from './support/sources.ts'

const readJson = (folder: string, file: string) =>
  JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, any>

t.test('every link of the documentation site leads to a file and an anchor of it', async (t) => {
  const site = join(temporaryDirectory(t), 'site')
  execFileSync(process.execPath, ['site.mjs', site], { cwd: root })
  const files = (readdirSync(site, { recursive: true }) as string[]).filter((file) =>
    statSync(join(site, file)).isFile()
  )
  const read = (file: string) => readFileSync(join(site, file), 'utf8')
  const dead: string[] = []
  const isDead = (file: string, link: string) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? file : posix.join(posix.dirname(file), path)
    return (
      !files.includes(target) || (anchor !== undefined && !read(target).includes(`id="${anchor}"`))
    )
  }
  let linkCount = 0
  for (const file of files.filter((name) => name.endsWith('.html'))) {
    for (const [, link] of read(file).matchAll(/ (?:href|src)="(?!\w+:)([^"]+)"/g)) {
      linkCount++
      if (isDead(file, link!)) dead.push(`${file}: ${link}`)
    }
  }
  t.ok(linkCount > 200, `${linkCount} links`)
  t.same(dead, [])
  const listed = [...read('llms.txt').matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path!)
  t.ok(listed.length > 20)
  t.same(
    listed.filter((path) => !files.includes(path)),
    []
  )
})

t.test('the entry of the MCP registry has the version, and a host that a person fills in', (t) => {
  const server = readJson(root, 'server.json')
  const { version } = readJson(root, 'package.json')
  t.equal(server['version'], version)
  t.match(server['packages'], [{ identifier: 'kagura-memory', version }])
  t.ok((server['description'] as string).length <= 100)
  const [remote] = server['remotes'] as [{ url: string; variables: Record<string, unknown> }]
  t.same(
    [...remote.url.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
    Object.keys(remote.variables)
  )
  t.end()
})

t.test('a release names its repository and prints its notes', async (t) => {
  const folder = temporaryDirectory(t)
  for (const file of ['package.json', 'server.json', 'CHANGELOG.md']) {
    cpSync(join(root, file), join(folder, file))
  }
  const release = (...args: string[]) =>
    execFileSync(process.execPath, [join(root, '.github/release.mjs'), ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe'
    })
  release('prepare', 'ada/memory')
  const [manifest, server] = [readJson(folder, 'package.json'), readJson(folder, 'server.json')]
  t.match(manifest, {
    mcpName: 'io.github.ada/kagura-memory',
    repository: { url: 'git+https://github.com/ada/memory.git' }
  })
  t.notOk(manifest['scripts'] ?? manifest['devDependencies'])
  t.equal(server['name'], manifest['mcpName'])
  t.match(release('notes', 'Unreleased'), /^### Added\n/)
  t.throws(() => release('notes', '99.0.0'), /no section about 99\.0\.0/)
})

t.test('the workflows run .ci/run, and name files and scripts that exist', async (t) => {
  const read = (file: string) => readFileSync(join(root, '.github/workflows', file), 'utf8')
  for (const file of ['ci.yml', 'release.yml']) {
    const { permissions, jobs } = parse(read(file)) as Record<string, any>
    t.same(permissions, { contents: 'read' }, `${file} may only read by default`)
    t.ok(Object.keys(jobs as object).length > 0)
    t.notMatch(read(file), /secrets\./, 'no secret is needed')
  }
  t.match(read('ci.yml'), 'run: .ci/run')
  t.ok(existsSync(join(root, '.github/release.mjs')))
  t.ok((readJson(root, 'package.json')['scripts'] as Record<string, string>)['sbom'])
})
