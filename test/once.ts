/**
 * Tests of what no database tells apart: commands, pages, clients, what is read from the web or
 * from source code. `npm test` runs them once, on PostgreSQL where there is one; `npm run prove`
 * runs everything on both.
 */
const once = [
  'architecture',
  'docs',
  'env-example',
  'helper',
  'reasons',
  'routes',
  'start',
  'views',
  'written-down',
  'browser',
  'db/batch',
  'cli/',
  'clients/',
  'guide',
  'service',
  'routes/',
  'mcp/(?!endpoint|resources)',
  'plugins/',
  'oauth/(cases/|client-|crash|discovery|fetch-governor|metadata-document|narrowing|properties|pushed|rate-limits|registration|resource)',
  'tools/(catalogue|coding/github|page|scopes|imports|web/|coding/fingerprint|coding/code/(?!search|index))'
]

const pattern = new RegExp(`^dist/test/(${once.join('|')})`)

export function runsOnce(file: string): boolean {
  return pattern.test(file)
}
