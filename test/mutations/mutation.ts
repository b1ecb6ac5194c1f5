/**
 * A security rule, one way to break it, and the test that must notice. `npm run prove` breaks the
 * rules one by one (test/prove/mutations.prove.ts). Add a line whose loss no user would notice, but
 * an attacker would look for.
 */
export interface Mutation {
  rule: Rule
  /** A source file, and a text that it contains exactly once. */
  file: string
  intact: string
  /** The text in its place: it compiles, and the rule is gone. */
  broken: string
  /** The test file that notices, and the beginning of the test's title. */
  test: string
  title: string
}

export type Rule =
  | 'authorization'
  | 'sessions'
  | 'scopes'
  | 'isolation'
  | 'SSRF'
  | 'CSRF'
  | 'XSS'
  | 'headers'
  | 'limits'
  | 'capture'

/** Mutations of one file: [rule, intact, broken, test file, title]. */
type Row = [rule: Rule, intact: string, broken: string, test: string, title: string]

export function mutationsOf(file: string, rows: Row[]): Mutation[] {
  return rows.map(([rule, intact, broken, test, title]) => ({
    rule,
    file,
    intact,
    broken,
    test,
    title
  }))
}
