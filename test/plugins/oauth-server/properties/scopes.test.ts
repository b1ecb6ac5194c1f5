import fc from 'fast-check'
import t from 'tap'
import { isThisResource, mcpPaths } from '../../../../plugins/auth/index.ts'
import {
  toolGroups,
  groupsOf,
  commonGroups,
  narrowScope,
  scopeOf,
  scopesSupported,
  scopeValues
} from '../../../../tools/scopes.ts'
import { holds } from './holds.ts'

const covered = fc.uniqueArray(fc.constantFrom(...toolGroups)).map((some) => new Set(some))
const scope = fc
  .array(fc.constantFrom(...scopesSupported, 'offline_access', 'openid', 'mcp:', 'MCP:TOOLS', ''), {
    maxLength: 8
  })
  .map((values) => values.join(' '))
const same = (left: ReadonlySet<string>, right: ReadonlySet<string>) =>
  left.size === right.size && [...left].every((value) => right.has(value))
const within = (subset: ReadonlySet<string>, superset: ReadonlySet<string>) =>
  [...subset].every((value) => superset.has(value))

t.test('groups survive a round trip through a scope', async (t) => {
  holds(
    t,
    fc.property(covered, (some) => same(groupsOf(scopeOf(some)), some))
  )
})

t.test(
  'intersection is commutative, associative, idempotent and within each of its sets',
  async (t) => {
    holds(
      t,
      fc.property(
        covered,
        covered,
        covered,
        (a, b, c) =>
          same(commonGroups(a, b), commonGroups(b, a)) &&
          same(commonGroups(a, commonGroups(b, c)), commonGroups(a, b, c)) &&
          same(commonGroups(a, a), a) &&
          within(commonGroups(a, b), a) &&
          within(commonGroups(a, b), b)
      )
    )
  }
)

t.test('intersection is monotone: with a larger set it is no smaller', async (t) => {
  holds(
    t,
    fc.property(covered, covered, covered, (a, b, more) =>
      within(commonGroups(a, b), commonGroups(new Set([...a, ...more]), b))
    )
  )
})

t.test(
  'narrowing is the intersection of groups, never wider than either side, and idempotent',
  async (t) => {
    holds(
      t,
      fc.property(scope, scope, (requested, limit) => {
        const narrowed = narrowScope(requested, limit)
        return (
          same(groupsOf(narrowed), commonGroups(groupsOf(requested), groupsOf(limit))) &&
          narrowScope(narrowed, limit) === narrowed &&
          scopeValues(narrowed).every((value) => scopesSupported.includes(value))
        )
      })
    )
  }
)

t.test('a scope does not depend on the order or the repetition of its values', async (t) => {
  holds(
    t,
    fc.property(scope, (text) =>
      same(groupsOf(text), groupsOf(`${text.split(' ').reverse().join('  ')} ${text}`))
    )
  )
})

const base = fc.constantFrom(
  'https://memory.example',
  'https://memory.example:8443',
  'http://localhost:3000',
  'http://127.0.0.1:3000'
)
const anyCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) =>
      [...text].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter)).join('')
    )

t.test(
  'the resource is recognized in any spelling of scheme, host, slash and query, on ' +
    'each MCP path and the origin',
  async (t) => {
    holds(
      t,
      fc.property(
        base.chain((url) => fc.tuple(fc.constant(url), anyCase(url))),
        fc.constantFrom('', ...mcpPaths),
        fc.constantFrom('', '/', '?profile=core', '/?x=1'),
        ([origin, spelled], path, end) => isThisResource(spelled + path + end, origin)
      )
    )
  }
)

t.test(
  'another scheme, host, port or path, a fragment or a user makes another resource',
  async (t) => {
    const differently = [
      (url: URL) => {
        url.hostname = `evil.${url.hostname}`
      },
      (url: URL) => {
        url.port = '4444'
      },
      (url: URL) => {
        url.protocol = url.protocol === 'https:' ? 'http:' : 'https:'
      },
      (url: URL) => {
        url.pathname += 'x'
      },
      (url: URL) => {
        url.pathname = `/other${url.pathname}`
      },
      (url: URL) => {
        url.hash = '#x'
      },
      (url: URL) => {
        url.username = 'me'
      }
    ]
    holds(
      t,
      fc.property(
        base,
        fc.constantFrom(...mcpPaths),
        fc.constantFrom(...differently),
        (origin, path, change) => {
          const changed = new URL(origin + path)
          if (origin.includes('127.0.0.1')) changed.hostname = '127.0.0.1'
          const before = changed.href
          change(changed)
          // An IP address ignores an added subdomain.
          return changed.href === before || !isThisResource(changed.href, origin)
        }
      )
    )
  }
)

t.test('any text is classified as a resource or not, without a crash', async (t) => {
  holds(
    t,
    fc.property(
      fc.oneof(fc.string(), fc.webUrl()),
      base,
      (text, origin) => typeof isThisResource(text, origin) === 'boolean'
    )
  )
})
