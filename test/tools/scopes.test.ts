import fc from 'fast-check'
import t from 'tap'
import {
  groupsOf,
  commonGroups,
  narrowScope,
  scopeOf,
  scopesSupported
} from '../../tools/scopes.ts'

t.test(
  'mcp:tools narrowed by a group is that group, and a scope that fits stays as it was asked',
  async (t) => {
    t.equal(narrowScope('mcp:tools', 'mcp:memory'), 'mcp:memory')
    t.equal(narrowScope('mcp:memory', 'mcp:tools'), 'mcp:memory')
    t.equal(
      narrowScope('mcp:tools mcp:memory mcp:coding', 'mcp:tools mcp:memory mcp:coding'),
      'mcp:tools mcp:memory mcp:coding'
    )
    t.equal(narrowScope('mcp:memory mcp:coding openid', 'mcp:coding'), 'mcp:coding')
    t.equal(narrowScope('mcp:web', 'mcp:memory'), '')
  }
)

t.test('narrowing is the intersection of groups, whatever the spelling', async () => {
  const scope = fc
    .array(fc.constantFrom(...scopesSupported, 'offline_access', 'openid'))
    .map((values) => values.join(' '))
  fc.assert(
    fc.property(scope, scope, (scopeText, limit) => {
      const both = commonGroups(groupsOf(scopeText), groupsOf(limit))
      return (
        scopeOf(groupsOf(narrowScope(scopeText, limit))) === scopeOf(both) &&
        narrowScope(narrowScope(scopeText, limit), limit) === narrowScope(scopeText, limit)
      )
    })
  )
})
