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
  'views',
  'written-down',
  'browser',
  'cli/',
  'clients/',
  'guide',
  'service',
  'routes/',
  'mcp/(?!endpoint|streams|resources)',
  'plugins/',
  'oauth/(cases/|properties|client-|discovery|fetch-governor|metadata-document|narrowing|pushed|rate-limits|registration-management|resource)',
  'tools/(catalogue|coding/github|page|scopes|imports|web/|coding/fingerprint|coding/code/(?!search|index))'
]

const pattern = new RegExp(`^dist/test/(${once.join('|')})`)

export function runsOnce(file: string): boolean {
  return pattern.test(file)
}
