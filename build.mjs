// Compiles the sources to dist/ and puts the views beside them. What is there is replaced at the end, as a whole, when all went well.
//   --if-changed: only when a source is newer than dist/ (npm runs `prepare` also before the first `npx kagura`, beside a running server)
//   --watch: again at every change, and runs the server
import { chmodSync, cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
const [tsc, dist, made, former] = ['node_modules/typescript/bin/tsc', 'dist', 'dist.new', 'dist.old'].map((path) => join(root, path))

if (process.argv.includes('--if-changed') && isCurrent()) process.exit()
for (const leftover of [made, former]) rmSync(leftover, { recursive: true, force: true })
// Without the development dependencies (npm ci --omit=dev) there is nothing to check types with.
const check = existsSync(join(root, 'node_modules/@types/node')) ? [] : ['--noCheck']
const { status } = spawnSync(process.execPath, [tsc, '--outDir', made, ...check], { cwd: root, stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)
cpSync(join(root, 'views'), join(made, 'views'), { recursive: true })
chmodSync(join(made, 'cli/index.js'), 0o755) // npx runs the file itself
if (existsSync(dist)) renameSync(dist, former)
renameSync(made, dist)
rmSync(former, { recursive: true, force: true })

if (process.argv.includes('--watch')) {
  for (const command of [[tsc, '--watch', '--preserveWatchOutput'], ['--watch', 'dist/server.js']]) {
    spawn(process.execPath, command, { cwd: root, stdio: 'inherit' })
  }
}

function isCurrent () {
  if (!existsSync(dist)) return false
  const built = statSync(dist).mtimeMs
  const other = /^(node_modules|dist.*|data|docs|\..*)$/
  const changed = (path) => statSync(path).isDirectory()
    ? readdirSync(path).some((name) => changed(join(path, name)))
    : /\.(ts|eta|css)$|tsconfig\.json$/.test(path) && statSync(path).mtimeMs > built
  return !readdirSync(root).some((name) => !other.test(name) && changed(join(root, name)))
}
