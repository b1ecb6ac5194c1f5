// database: any
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
const same = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  one.size === other.size && [...one].every((value) => other.has(value))
const within = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  [...one].every((value) => other.has(value))

t.test('groups survive being written as a scope', async (t) => {
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
  'narrowing is the intersection on groups, never wider than either side, and doing it twice changes nothing',
  async (t) => {
    holds(
      t,
      fc.property(scope, scope, (asked, limit) => {
        const narrowed = narrowScope(asked, limit)
        return (
          same(groupsOf(narrowed), commonGroups(groupsOf(asked), groupsOf(limit))) &&
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
  'a resource is this one in any spelling of scheme, host, slash and query, on each of the MCP paths or the origin',
  async (t) => {
    holds(
      t,
      fc.property(
        base.chain((url) => fc.tuple(fc.constant(url), anyCase(url))),
        fc.constantFrom('', ...mcpPaths),
        fc.constantFrom('', '/', '?profile=core', '/?x=1'),
        ([own, spelled], path, end) => isThisResource(spelled + path + end, own)
      )
    )
  }
)

t.test(
  'a resource with another scheme, host, port or path, or with a fragment or a user, is another one',
  async (t) => {
    const differently = [
      (own: URL) => {
        own.hostname = `evil.${own.hostname}`
      },
      (own: URL) => {
        own.port = '4444'
      },
      (own: URL) => {
        own.protocol = own.protocol === 'https:' ? 'http:' : 'https:'
      },
      (own: URL) => {
        own.pathname += 'x'
      },
      (own: URL) => {
        own.pathname = `/other${own.pathname}`
      },
      (own: URL) => {
        own.hash = '#x'
      },
      (own: URL) => {
        own.username = 'me'
      }
    ]
    holds(
      t,
      fc.property(
        base,
        fc.constantFrom(...mcpPaths),
        fc.constantFrom(...differently),
        (own, path, change) => {
          const other = new URL(own + path)
          if (own.includes('127.0.0.1')) other.hostname = '127.0.0.1'
          const before = other.href
          change(other)
          return other.href === before || !isThisResource(other.href, own) // an IP address takes no subdomain
        }
      )
    )
  }
)

t.test('any text is a resource or not, without an accident', async (t) => {
  holds(
    t,
    fc.property(
      fc.oneof(fc.string(), fc.webUrl()),
      base,
      (text, own) => typeof isThisResource(text, own) === 'boolean'
    )
  )
})
