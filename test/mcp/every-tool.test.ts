import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import t from 'tap'
import { tools } from '../../tools/index.ts'
import { groups } from '../../tools/scopes.ts'
import { call, connectClient, post, toolsCall } from '../mcp-client.ts'
import { connected } from '../oauth-client.ts'
import { outside } from '../outside.ts'
import { runService } from '../running.ts'
import { beyond, examples, type Told } from './examples.ts'

const { network } = await outside(t, beyond)
const running = await runService(t, { BRAVE_SEARCH_API_KEY: 'key' }, undefined, { network })
const { url } = running
const names = Object.keys(examples)
const ofWeb = new Set(tools.filter(({ groups }) => groups.includes('web')).map(({ name }) => name))
const written = tools.filter(({ annotations }) => !annotations.readOnlyHint)

/** The client of a new person. */
async function person ({ scope, role }: { scope?: string, role?: 'read_only' } = {}): Promise<Client> {
  return connectClient(t, url, (await running.key(await running.person(undefined, role), scope)).key)
}

const ada = await person()
const listed = (await ada.listTools()).tools
const schemas = new Map(listed.map(({ name, inputSchema, outputSchema }) => [name, { input: compiled(inputSchema), output: compiled(outputSchema!) }]))

/** By a validator that takes no keyword for granted; of JSON Schema 2020-12, which is what MCP means. */
function compiled (schema: object): ValidateFunction {
  return new Ajv2020({ strict: true, allErrors: true }).compile(schema)
}

t.test('every tool has an example, and the schemas that are listed are valid', async (t) => {
  t.same(names.toSorted(), tools.map(({ name }) => name).sort())
  t.same([...schemas.keys()].sort(), names.toSorted())
})

t.test('every example is answered as the listed schemas say, in structure and in words', async (t) => {
  const told: Told = {}
  const bea = await person()
  for (const [name, [args, says]] of Object.entries(examples)) {
    const asked = typeof args === 'function' ? args(told) : args
    const { input, output } = schemas.get(name)!
    t.ok(input(asked), `${name} takes ${JSON.stringify(asked)}: ${JSON.stringify(input.errors)}`)
    const client = name.includes('youtube') ? bea : ofWeb.has(name) ? await person() : ada // each person asks a host beyond once in a second
    const { structured, text, isError } = await call(client, name, asked)
    t.notOk(isError, `${name}: ${text}`)
    t.ok(output(structured), `${name}: ${JSON.stringify(output.errors)}`)
    t.match(text, says, name)
    told[name] = structured
  }
})

t.test('every tool refuses what it does not take, in words that say what it takes, and a call without what it needs', async (t) => {
  for (const { name, inputSchema } of listed) {
    const { text, isError } = await call(ada, name, { nonsense: 1 })
    t.ok(isError, name)
    t.match(text, /^Invalid arguments: unknown nonsense; this tool takes .*Correct them and call again\.$/s, name)
    const [needed] = inputSchema.required ?? []
    if (needed === undefined) continue
    t.match(await call(ada, name), { isError: true, text: new RegExp(`^Invalid arguments: .*${needed}`) }, name)
  }
})

t.test('a word that is none of those that a tool knows is refused with all of them', async (t) => {
  t.match(await call(ada, 'graph_link', { from: 'a', to: 'b', type: 'about' }), { isError: true, text: /^Invalid arguments: type must be one of related_to, depends_on, .*contradicts\. Correct/ })
})

t.test('a person who may only read is refused by every tool that writes, and by no other', async (t) => {
  const reader = await person({ role: 'read_only' })
  t.same((await reader.listTools()).tools.map(({ name }) => name), tools.filter((tool) => !written.includes(tool)).map(({ name }) => name))
  for (const { name } of tools) {
    const { text, isError } = await call(reader, name, { nonsense: 1 })
    t.ok(isError, name)
    t.match(text, written.some((tool) => tool.name === name) ? `Your account may only read, and ${name} writes. Ask the administrator` : /^Invalid arguments/, name)
  }
})

t.test('no tool is called without one of its scopes: a key that covers others is told which, an app may ask for more', async (t) => {
  const { tokens, client: app } = await connected(running)
  for (const sufficient of new Set(tools.map(({ groups }) => groups.toSorted().join()))) {
    const scope = groups.filter((group) => !sufficient.split(',').includes(group)).map((group) => `mcp:${group}`).join(' ')
    const narrow = await person({ scope })
    const there = (await narrow.listTools()).tools.map(({ name }) => name)
    await running.app.db.updateTable('oauth_tokens').set({ scope }).where('client_id', '=', app.client_id).execute()
    for (const { name, groups: [first] } of tools.filter(({ groups }) => groups.toSorted().join() === sufficient)) {
      t.notOk(there.includes(name), name)
      t.match(await call(narrow, name, { nonsense: 1 }), { isError: true, text: `This API key does not cover ${name}; make one whose scope has mcp:${first}` }, name)
      const refused = await post(`${url}/mcp`, String(tokens.access_token), toolsCall(name, { nonsense: 1 }))
      t.equal(refused.status, 403, name)
      t.match(refused.headers.get('www-authenticate'), new RegExp(`error="insufficient_scope".*${name} needs the scope mcp:${first}`), name)
    }
  }
})
