// Compiles the sources to dist/ and puts the views beside them. --watch: again at every change, and runs the server.
import { chmodSync, cpSync, existsSync, rmSync } from 'node:fs'
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', import.meta.url))

rmSync(new URL('dist', import.meta.url), { recursive: true, force: true })
// Without the development dependencies (npm ci --omit=dev) there is nothing to check types with.
const check = existsSync(new URL('node_modules/@types/node', import.meta.url)) ? [] : ['--noCheck']
const { status } = spawnSync(process.execPath, [tsc, ...check], { cwd: root, stdio: 'inherit' })
cpSync(new URL('views', import.meta.url), new URL('dist/views', import.meta.url), { recursive: true })
if (status === 0) chmodSync(new URL('dist/cli/index.js', import.meta.url), 0o755) // npx runs the file itself

if (status !== 0 || !process.argv.includes('--watch')) process.exit(status ?? 1)
for (const command of [[tsc, '--watch', '--preserveWatchOutput'], ['--watch', 'dist/server.js']]) {
  spawn(process.execPath, command, { cwd: root, stdio: 'inherit' })
}
