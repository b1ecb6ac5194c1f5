import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { root } from './support/sources.ts'

interface PackedFile {
  path: string
  size: number
  mode: number
}

/** Licences that allow everybody to use, change and pass on the product under MIT. */
const allowedLicences =
  /^\(?(MIT|ISC|BSD-[23]-Clause|0BSD|Apache-2\.0|BlueOak-1\.0\.0|Python-2\.0|PSF-2\.0|CC0-1\.0|Unlicense)\b/

t.test('the package holds the built program and its documents, and nothing else', async (t) => {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--dry-run', '--json', '--ignore-scripts'],
    { cwd: root, maxBuffer: 2 ** 26 }
  )
  const [packed] = JSON.parse(stdout) as [{ size: number; files: PackedFile[] }]
  const paths = packed.files.map(({ path }) => path)
  t.comment(`${paths.length} files, ${(packed.size / 1e6).toFixed(1)} MB packed`)
  t.ok(packed.size < 5e6)
  t.same(paths.filter((path) => !/^(dist|docs|deploy)\//.test(path)).sort(), [
    '.env.example',
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'package.json'
  ])
  const unneeded = /^dist\/(test|bench)\/|\.(map|ts|test\.js)$|^docs\/images\/|\.env$|server-secret/
  t.same(
    paths.filter((path) => unneeded.test(path)),
    []
  )
  for (const needed of [
    'dist/server.js',
    'dist/migrations/001-users.js',
    'dist/views/login.eta',
    'dist/views/style.css',
    'dist/db/connection/embedded/worker.js',
    'dist/node_modules/kysely/index.js',
    'dist/node_modules/kysely/LICENSES.txt',
    'dist/node_modules/@modelcontextprotocol/sdk/types.js'
  ]) {
    t.ok(paths.includes(needed), needed)
  }
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    bin: Record<string, string>
  }
  t.same(Object.keys(bin).sort(), ['kagura', 'kagura-memory'])
  for (const path of Object.values(bin)) {
    t.ok((packed.files.find((file) => file.path === path)?.mode ?? 0) & 0o100, `${path} runs`)
  }
})

t.test('every package of a production install has a permissive licence', async (t) => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { license?: string; dev?: boolean; devOptional?: boolean }>
  }
  const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev)
  t.ok(installed.length > 100)
  t.same(
    installed
      .filter(([, { license }]) => !allowedLicences.test(license ?? 'none'))
      .map(([path, { license }]) => `${path}: ${license}`),
    []
  )
  for (const library of [
    'kysely',
    'linkedom',
    'turndown',
    'typebox',
    '@modelcontextprotocol/sdk'
  ]) {
    const texts = readFileSync(join(root, 'dist/node_modules', library, 'LICENSES.txt'), 'utf8')
    for (const [, licence] of texts.matchAll(/^\S+ \d+\.\d+\.\d+\S*: (.*)$/gm)) {
      t.match(licence, allowedLicences, `${licence} in ${library}`)
    }
  }
})
