// Compiles the sources to dist/ and copies the views. Bundles libraries that consist of hundreds of
// small modules into a few large ones in dist/node_modules, where Node.js looks first: a `kagura`
// command then starts in half the time (npm run bench -- start). A bundled library and what it needs
// are development dependencies: a production install is 40 MB smaller. The new dist/ replaces the
// old one only when everything succeeded.
//   --if-changed  only if a source, a view or a library is newer than dist/
//   --watch       rebuilds at every change, and restarts the server
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
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
  turndown: ['.'],
  yaml: ['.'],
  '@simplewebauthn/server': ['.'],
  '@modelcontextprotocol/sdk': [
    'types',
    'shared/auth',
    'client/index',
    'client/auth',
    'client/sse',
    'client/stdio',
    'client/streamableHttp'
  ].map((path) => `./${path}.js`)
}

/**
 * Their builds for browsers: that of turndown works with linkedom's DOM, and only that of yaml is
 * made of ES modules.
 */
const entryFiles = {
  turndown: 'turndown/lib/turndown.browser.es.js',
  yaml: './node_modules/yaml/browser/index.js'
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
  copyViewsTo(newDist)
  for (const [name, paths] of Object.entries(libraries)) await bundle(name, paths)
  for (const command of ['index', 'start']) {
    chmodSync(join(newDist, `cli/${command}.js`), 0o755) // npx runs the file itself
  }
  if (existsSync(dist)) renameSync(dist, oldDist)
  renameSync(newDist, dist)
  rmSync(oldDist, { recursive: true, force: true })
}

/** Copies templates, style and script. The compiler makes the catalogues of texts. */
function copyViewsTo(folder) {
  cpSync(join(root, 'views'), join(folder, 'views'), {
    recursive: true,
    filter: (path) => !path.endsWith('.ts')
  })
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
  let server
  let restart
  const startServer = () => {
    const serverFile = join(dist, 'server.js')
    server = spawn(process.execPath, ['--enable-source-maps', serverFile], {
      cwd: root,
      stdio: 'inherit'
    })
  }
  const restartSoon = () => {
    clearTimeout(restart)
    restart = setTimeout(() => {
      // It may have ended by itself, for example by an error.
      if (server.exitCode !== null || server.signalCode !== null) return startServer()
      server.once('exit', startServer).kill()
    }, 300)
  }
  const copyViews = () => {
    try {
      copyViewsTo(dist)
    } catch {
      return setTimeout(copyViews, 300) // an editor's temporary file came and went meanwhile
    }
    restartSoon()
  }
  for (const folder of foldersIn(join(root, 'views'))) watch(folder, copyViews)

  const watcher = spawn(process.execPath, [compiler, '--watch', '--preserveWatchOutput'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let compilations = 0
  watcher.stdout.on('data', (output) => {
    process.stdout.write(output)
    if (!String(output).includes('Watching for file changes')) return
    if (compilations++ > 0) restartSoon() // the first one compiles what is built already
  })
  startServer()
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      watcher.kill()
      server.off('exit', startServer).kill()
      process.exit()
    })
  }
}

function foldersIn(folder) {
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [folder, ...inner.flatMap(({ name }) => foldersIn(join(folder, name)))]
}

async function bundle(name, paths) {
  const { build } = await import('esbuild')
  const outdir = join(newDist, 'node_modules', name)
  const fileOf = (path) => (path === '.' ? 'index' : path.slice(2).replace(/\.js$/, ''))
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    entryPoints: paths.map((path) => ({
      in: entryFiles[name] ?? path.replace('.', name),
      out: fileOf(path)
    })),
    outdir,
    bundle: true,
    splitting: true, // what two paths share stays one module
    format: 'esm',
    platform: 'node',
    external: ['cross-spawn', 'jose'], // CommonJS, or imported by us too
    logLevel: 'warning'
  })
  const exports = Object.fromEntries(paths.map((path) => [path, `./${fileOf(path)}.js`]))
  writeFileSync(join(outdir, 'package.json'), JSON.stringify({ name, type: 'module', exports }))
  writeFileSync(join(outdir, 'LICENSES.txt'), licenceTexts(Object.keys(metafile.inputs)))
}

/** The licences of the packages that these files come from: whoever passes them on must name them. */
function licenceTexts(files) {
  const folders = files.flatMap(
    (file) => /^.*node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []
  )
  return [...new Set(folders)]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(join(root, folder, 'package.json'))
      )
      const licenceFile = readdirSync(join(root, folder)).find((file) => /^licen[cs]e/i.test(file))
      const text = licenceFile ? readFileSync(join(root, folder, licenceFile), 'utf8') : ''
      return `${name} ${version}: ${license}\n\n${text.trim()}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
