import t from 'tap'
import { offlineWeb } from '../../domain/web/offline.ts'
import { findTool } from '../../tools/index.ts'
import { toolsJson } from '../../tools/listing.ts'
import { toolLists } from '../../tools/lists.ts'
import { permissionsOf } from '../../tools/scopes.ts'
import type { ToolContext } from '../../tools/tool.ts'

const guide = findTool('memory_get_tool_list')!

/** A context of what this tool and the check of its arguments read. */
function contextOf(scope: string, role: 'user' | 'read_only' = 'user'): ToolContext {
  return {
    principal: {
      user_id: 'u',
      role,
      permissions: permissionsOf(scope),
      source: { kind: 'api_key', name: 'k' }
    },
    web: offlineWeb,
    publicUrl: 'https://memory.example.com'
  } as unknown as ToolContext
}

async function namesFor(scope: string, role?: 'user' | 'read_only'): Promise<string[]> {
  const { answer } = await guide.call({}, contextOf(scope, role))
  return (answer['tools'] as Array<{ name: string }>).map(({ name }) => name)
}

t.test('memory_get_tool_list names what the caller may call beyond Essential', async (t) => {
  const names = await namesFor('mcp:tools')
  t.ok(names.includes('graph_link') && names.includes('coding_index_source_code'))
  t.notOk(names.some((name) => toolLists.essential.has(findTool(name)!)))
  t.notOk((await namesFor('mcp:memory')).some((name) => name.startsWith('coding_')))
  const readable = await namesFor('mcp:tools', 'read_only')
  t.ok(readable.includes('memory_stats'))
  t.notOk(readable.includes('graph_link'))
})

t.test('memory_get_tool_list shows the arguments of one tool, rare ones too', async (t) => {
  const { answer, text } = await guide.call(
    { tool: 'kagura_tool_memory_store' },
    contextOf('mcp:tools')
  )
  t.match(answer, {
    tools: [{ name: 'memory_store', arguments: { properties: { speaker: { type: 'string' } } } }],
    how_to_call: /https:\/\/memory\.example\.com\/apps/
  })
  t.match(text, /^1 tool:\n- memory_store: Remembers/)
  await t.rejects(
    guide.call({ tool: 'coding_end_session' }, contextOf('mcp:memory')),
    /You have no tool "coding_end_session"/
  )
})

t.test('a prepared list is the same text each time, for its namespaces alone', async (t) => {
  const tools = [...toolLists.essential]
  const ofEverybody = toolsJson(tools, {})
  const ofWork = toolsJson(tools, { namespaces: ['work'] })
  t.equal(toolsJson(tools, {}), ofEverybody)
  t.match(ofWork, 'One of \\"work\\".')
  t.notMatch(ofEverybody, 'One of \\"work\\".')
  const extras = { name: 'test', of: () => ({ _meta: { view: true } }) }
  t.match(toolsJson(tools, {}, extras), '"_meta":{"view":true}')
  t.notMatch(toolsJson(tools, {}), '_meta')
})
