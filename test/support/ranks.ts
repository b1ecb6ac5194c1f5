import { dirname } from 'node:path'
import type { Import } from './sources.ts'

/** Why an import breaks the rules of its file's rank (docs/architecture.md), or undefined. */
export function rankFault(
  file: string,
  { specifier, target, names, typeOnly }: Import
): string | undefined {
  const rank = rankOf(file)
  const rule = rules[rank]
  if (!rule) return `${rank} is not a folder of this project`
  if (specifier.startsWith('.') && specifier.endsWith('.js')) return 'imports end in .ts'
  if (rank === 'test' || rank === 'bench') return
  if (target === undefined) {
    return rule.packages(specifier) ? undefined : `${rank} does not use ${specifier}`
  }

  const targetRank = rankOf(target)
  if (targetRank === 'test' || targetRank === 'bench') return 'nobody imports tests or benchmarks'
  if (!rule.ranks.includes(targetRank) && !rule.ranks.includes(target)) {
    return `${rank} does not import ${targetRank}`
  }
  if (rank === 'tools' && targetRank === 'db' && !typeOnly) {
    return 'a tool calls the domain, and takes only types from db'
  }
  if (rank === 'db') return queryFault(file, target, typeOnly)
  if (unitOf(file) === unitOf(target)) return
  if (targetRank === 'routes' && rank !== 'app.ts') return `${target} is another URL`
  if (targetRank === 'plugins' && rank !== 'app.ts' && names.includes('default')) {
    return 'a plugin is reached by its decorator, not by its default export'
  }
}

/** The first folder of a path, or the file itself if it is at the root. */
export function rankOf(file: string): string {
  return file.split('/')[0]!
}

interface Rule {
  packages: (name: string) => boolean
  ranks: readonly string[]
}

const isFastify = (name: string) => /^@?fastify($|[-/])/.test(name)
const isWebFramework = (name: string) =>
  isFastify(name) || /^(eta$|@modelcontextprotocol\/)/.test(name)
const any = () => true

const rules: Record<string, Rule> = {
  migrations: { packages: (name) => name === 'kysely', ranks: [] },
  lib: { packages: (name) => !isFastify(name), ranks: ['lib'] },
  views: { packages: () => false, ranks: ['lib', 'views'] },
  db: {
    packages: (name) => !isWebFramework(name) && !name.startsWith('typebox'),
    ranks: ['lib', 'db']
  },
  domain: {
    packages: (name) => !isWebFramework(name) && name !== 'pg' && name !== 'kysely',
    ranks: ['lib', 'db', 'domain']
  },
  tools: {
    packages: (name) => !isFastify(name) && name !== 'pg' && name !== 'kysely',
    ranks: ['lib', 'db', 'domain', 'tools']
  },
  plugins: {
    packages: (name) => name !== 'pg',
    ranks: ['lib', 'views', 'db', 'domain', 'tools', 'plugins']
  },
  routes: {
    packages: (name) => name !== 'pg',
    ranks: ['lib', 'views', 'db', 'domain', 'tools', 'plugins', 'routes']
  },
  cli: {
    packages: (name) => name !== 'pg',
    ranks: ['lib', 'views', 'db', 'domain', 'tools', 'plugins', 'cli', 'app.ts', 'server.ts']
  },
  'app.ts': { packages: any, ranks: ['lib', 'plugins', 'routes'] },
  'server.ts': { packages: any, ranks: ['lib', 'app.ts', 'db', 'plugins/config/index.ts'] },
  test: { packages: any, ranks: [] },
  bench: { packages: any, ranks: [] }
}

/** Queries import db/connection, db/schema and the queries of their area only. */
function queryFault(file: string, target: string, typeOnly: boolean): string | undefined {
  if (rankOf(target) !== 'db') return
  const [area, targetArea] = [file, target].map((path) => path.split('/')[1])
  if (targetArea !== area && targetArea !== 'connection' && targetArea !== 'schema') {
    return `queries of ${area} do not import those of ${targetArea}`
  }
  if (area !== 'connection' && target === 'db/connection/connect.ts' && !typeOnly) {
    return 'a query takes its connection as an argument'
  }
}

/** Under routes/ each URL is a unit; elsewhere each name below the rank is one. */
function unitOf(file: string): string {
  return rankOf(file) === 'routes' ? dirname(file) : file.split('/').slice(0, 2).join('/')
}
