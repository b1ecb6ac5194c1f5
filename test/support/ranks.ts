import { dirname } from 'node:path'
import type { Import } from './sources.ts'

/**
 * Which import of a file is against the rules of its rank (docs/architecture.md), and why;
 * undefined when it is fine.
 */
export function fault(
  file: string,
  { specifier, target, names, typeOnly }: Import
): string | undefined {
  const rank = rankOf(file)
  const rule = rules[rank]
  if (!rule) return `${rank} is no folder of this project`
  if (rank === 'test' || rank === 'bench') return
  if (target === undefined) {
    return rule.packages(specifier) ? undefined : `${rank} does not use ${specifier}`
  }

  const other = rankOf(target)
  if (other === 'test' || other === 'bench') return 'nobody imports tests or benchmarks'
  if (!rule.ours(target, other)) return `${rank} does not import ${other}`
  if (unit(file) === unit(target)) return
  if (other === 'routes') return `${target} is another URL`
  if (other === 'plugins' && rank !== 'app.ts' && names.includes('default')) {
    return 'a plugin is reached by its decorator, not by its default export'
  }
  if (rank === 'db' && isQueries(file) && target === 'db/connection/connect.ts' && !typeOnly) {
    return 'a query module takes its connection as an argument'
  }
  if (specifier.endsWith('.js')) return 'imports end in .ts'
}

type Rule = { packages: (name: string) => boolean; ours: (target: string, rank: string) => boolean }

const web = /^(@?fastify($|[-/])|eta$|@modelcontextprotocol\/)/
/** What query modules stand on; every other module of db/ holds the queries of one table. */
const foundation = new Set(
  [
    'tables/index',
    'secrets',
    'connect',
    'lane',
    'prepared',
    'batch',
    'lookup',
    'audit-entry',
    'token-pair',
    'living-grants',
    'oauth-client-metadata',
    'page',
    'cancel',
    'membership',
    'memory-filter'
  ].map((name) => `db/${name}.ts`)
)
const isQueries = (file: string) =>
  !foundation.has(file) &&
  file !== 'db/connection/migrate.ts' &&
  !/^db\/(embedded|tables)\//.test(file)
const within =
  (...ranks: string[]) =>
  (target: string, rank: string) =>
    ranks.includes(rank) || ranks.includes(target)
const any = () => true

const rules: Record<string, Rule> = {
  migrations: { packages: (name) => name === 'kysely', ours: () => false },
  db: {
    packages: (name) => !web.test(name) && !/^typebox/.test(name),
    ours: (target) => foundation.has(target) || /^db\/(embedded|tables)\//.test(target)
  },
  tools: {
    packages: (name) => !/^@?fastify($|[-/])|^(pg|kysely)$/.test(name),
    ours: within('db', 'tools')
  },
  plugins: { packages: (name) => name !== 'pg', ours: within('db', 'tools', 'plugins') },
  routes: { packages: (name) => name !== 'pg', ours: within('db', 'tools', 'plugins', 'routes') },
  cli: {
    packages: (name) => name !== 'pg',
    ours: within('db', 'tools', 'plugins', 'cli', 'app.ts', 'server.ts')
  },
  'app.ts': { packages: any, ours: within('plugins') },
  'server.ts': { packages: any, ours: within('app.ts', 'db', 'plugins/config/index.ts') },
  test: { packages: any, ours: any },
  bench: { packages: any, ours: any }
}

/** The first folder, or the file itself beside them. */
export function rankOf(file: string): string {
  return file.split('/')[0]!
}

/**
 * A file, or the folder whose index.ts is the unit. Under routes/ each URL is one; db, tools and
 * plugins hold one for each name.
 */
function unit(file: string): string {
  const parts = file.split('/')
  return parts[0] === 'routes' ? dirname(file) : parts.slice(0, 2).join('/')
}
