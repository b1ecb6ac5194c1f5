// Compiles the sources to dist/ and copies the views. Bundles libraries that consist of hundreds of
// small modules into a few large ones in dist/node_modules, where Node.js looks first: a `kagura`
// command then starts in half the time (npm run bench -- start). The new dist/ replaces the old one
// only when everything succeeded.
//   --if-changed  only if a source, a view or a library is newer than dist/
//   --watch       rebuilds at every change, and restarts the server
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  watch,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
const compiler = join(root, 'node_modules/typescript-native/bin/tsc')
const [dist, newDist, oldDist] = ['dist', 'dist.new', 'dist.old'].map((path) => join(root, path))
/** The paths that we import from each library; Node.js finds no other path of it. */
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
if (!existsSync(compiler)) {
  if (existsSync(dist)) process.exit() // a package, or a clone that was built and then pruned
  console.error(
    'Kagura Memory is not built, and its compiler is a development dependency. ' +
      'Run "npm ci" first, then "npm prune --omit=dev".'
  )
  process.exit(1)
}
await build()
if (process.argv.includes('--watch')) watchSources()

async function build() {
  for (const leftover of [newDist, oldDist]) rmSync(leftover, { recursive: true, force: true })
  const { status } = spawnSync(process.execPath, [compiler, '--outDir', newDist], {
    cwd: root,
    stdio: 'inherit'
  })
  if (status !== 0) process.exit(status ?? 1)
  cpSync(join(root, 'views'), join(newDist, 'views'), { recursive: true })
  for (const [name, paths] of Object.entries(libraries)) await bundle(name, paths)
  chmodSync(join(newDist, 'cli/index.js'), 0o755) // npx runs the file itself
  if (existsSync(dist)) renameSync(dist, oldDist)
  renameSync(newDist, dist)
  rmSync(oldDist, { recursive: true, force: true })
}

function isCurrent() {
  if (!existsSync(dist)) return false
  const built = statSync(dist).mtimeMs
  const ignored = /^(node_modules|dist.*|data|docs|\..*)$/
  const isNewer = (path) =>
    statSync(path).isDirectory()
      ? readdirSync(path).some((name) => isNewer(join(path, name)))
      : /\.(ts|eta|css|js)$|tsconfig\.json$|package-lock\.json$|build\.mjs$/.test(path) &&
        statSync(path).mtimeMs > built
  return !readdirSync(root).some((name) => !ignored.test(name) && isNewer(join(root, name)))
}

/** Compiles each change, copies each changed view, and restarts the server after either. */
function watchSources() {
  spawn(process.execPath, [compiler, '--watch', '--preserveWatchOutput'], {
    cwd: root,
    stdio: 'inherit'
  })
  watch(join(root, 'views'), { recursive: true }, () =>
    cpSync(join(root, 'views'), join(dist, 'views'), { recursive: true })
  )
  let server
  let restart
  const start = () => {
    const options = { cwd: root, stdio: 'inherit' }
    server = spawn(process.execPath, ['--enable-source-maps', join(dist, 'server.js')], options)
  }
  watch(dist, { recursive: true }, (_, file) => {
    if (file?.startsWith('test')) return
    clearTimeout(restart)
    restart = setTimeout(() => {
      if (server.exitCode !== null) return start() // it ended by itself, for example by an error
      server.once('exit', start).kill()
    }, 300)
  })
  start()
}

async function bundle(name, paths) {
  const { build } = await import('esbuild')
  const outdir = join(newDist, 'node_modules', name)
  const fileOf = (path) => (path === '.' ? 'index' : path.slice(2).replace(/\.js$/, ''))
  await build({
    absWorkingDir: root,
    entryPoints: paths.map((path) => ({ in: path.replace('.', name), out: fileOf(path) })),
    outdir,
    bundle: true,
    splitting: true, // what two paths share stays one module
    format: 'esm',
    platform: 'node',
    external: ['ajv', 'ajv-formats', 'cross-spawn', 'jose'], // CommonJS, or imported by us too
    logLevel: 'warning'
  })
  const exports = Object.fromEntries(paths.map((path) => [path, `./${fileOf(path)}.js`]))
  writeFileSync(join(outdir, 'package.json'), JSON.stringify({ name, type: 'module', exports }))
}
