// Compiles the sources to dist/, and puts beside them the views and, in dist/node_modules, the libraries that come as hundreds of small modules,
// each as a few large ones: they made up more than half of what a `kagura` command waited for. What is there is replaced at the end, as a whole,
// when all went well.
//   --if-changed: only when a source, a library or this is newer than dist/ (npm runs `prepare` also before the first `npx kagura`, beside a running server)
//   --watch: again at every change, and runs the server
import { build } from 'esbuild'
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
const [tsc, dist, made, former] = [
  'node_modules/typescript/bin/tsc',
  'dist',
  'dist.new',
  'dist.old'
].map((path) => join(root, path))
/** What is imported of each; Node.js finds no other path of theirs, and says so. */
const libraries = {
  kysely: ['.'],
  typebox: ['.', './value', './compile'],
  linkedom: ['.'],
  '@modelcontextprotocol/sdk': [
    'types',
    'server/index',
    'shared/transport',
    'shared/auth',
    'validation/ajv-provider',
    'client/index',
    'client/auth',
    'client/sse',
    'client/stdio',
    'client/streamableHttp'
  ].map((path) => `./${path}.js`)
}

if (process.argv.includes('--if-changed') && isCurrent()) process.exit()
for (const leftover of [made, former]) rmSync(leftover, { recursive: true, force: true })
// Without the development dependencies (npm ci --omit=dev) there is nothing to check types with.
const check = existsSync(join(root, 'node_modules/@types/node')) ? [] : ['--noCheck', '--types', '']
const { status } = spawnSync(process.execPath, [tsc, '--outDir', made, ...check], {
  cwd: root,
  stdio: 'inherit'
})
if (status !== 0) process.exit(status ?? 1)
cpSync(join(root, 'views'), join(made, 'views'), { recursive: true })
for (const [name, paths] of Object.entries(libraries)) await bundle(name, paths)
chmodSync(join(made, 'cli/index.js'), 0o755) // npx runs the file itself
if (existsSync(dist)) renameSync(dist, former)
renameSync(made, dist)
rmSync(former, { recursive: true, force: true })

if (process.argv.includes('--watch')) {
  for (const command of [
    [tsc, '--watch', '--preserveWatchOutput'],
    ['--watch', 'dist/server.js']
  ]) {
    spawn(process.execPath, command, { cwd: root, stdio: 'inherit' })
  }
}

function isCurrent() {
  if (!existsSync(dist)) return false
  const built = statSync(dist).mtimeMs
  const other = /^(node_modules|dist.*|data|docs|\..*)$/
  const changed = (path) =>
    statSync(path).isDirectory()
      ? readdirSync(path).some((name) => changed(join(path, name)))
      : /\.(ts|eta|css)$|tsconfig\.json$|package-lock\.json$|build\.mjs$/.test(path) &&
        statSync(path).mtimeMs > built
  return !readdirSync(root).some((name) => !other.test(name) && changed(join(root, name)))
}

async function bundle(name, paths) {
  const outdir = join(made, 'node_modules', name)
  const file = (path) => (path === '.' ? 'index' : path.slice(2).replace(/\.js$/, ''))
  await build({
    absWorkingDir: root,
    entryPoints: paths.map((path) => ({ in: path.replace('.', name), out: file(path) })),
    outdir,
    bundle: true,
    splitting: true, // what two paths share stays one module
    format: 'esm',
    platform: 'node',
    external: ['ajv', 'ajv-formats', 'cross-spawn', 'jose'], // CommonJS, or imported by us too
    logLevel: 'warning'
  })
  const exports = Object.fromEntries(paths.map((path) => [path, `./${file(path)}.js`]))
  writeFileSync(join(outdir, 'package.json'), JSON.stringify({ name, type: 'module', exports }))
}
