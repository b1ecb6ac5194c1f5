import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import t from 'tap'
import { findTool, allTools } from '../../../tools/index.ts'
import { readArguments } from '../../../tools/input/arguments.ts'
import { toolGroups } from '../../../tools/scopes.ts'
import { call, connectClient, post, toolsCall } from '../../support/mcp-client.ts'
import { connected } from '../../support/oauth-client.ts'
import { outside } from '../../support/outside.ts'
import { runService } from '../../support/running.ts'
import { beyond, examples, type EarlierAnswers } from './examples.ts'

const { network } = await outside(t, beyond)
const running = await runService(t, { BRAVE_SEARCH_API_KEY: 'key' }, undefined, { network })
const { url } = running
const names = Object.keys(examples)
const ofWeb = new Set(
  allTools.filter(({ groups }) => groups.includes('web')).map(({ name }) => name)
)
const written = allTools.filter(({ annotations }) => !annotations.readOnlyHint)

/** Connects a client for a new user. */
async function person({
  scope,
  role
}: { scope?: string; role?: 'read_only' } = {}): Promise<Client> {
  const { key } = await running.key(await running.person(undefined, role), scope)
  return connectClient(t, url, key, 'http', '/api/v1/mcp/sse?profile=full')
}

const ada = await person()
const listed = (await ada.listTools()).tools
const schemas = new Map(
  listed.map(({ name, inputSchema, outputSchema }) => [
    name,
    { input: compiled(inputSchema), output: compiled(outputSchema!) }
  ])
)

/**
 * Compiles a schema strictly, so that unknown keywords fail. MCP uses JSON Schema 2020-12.
 */
function compiled(schema: object): ValidateFunction {
  return new Ajv2020({ strict: true, allErrors: true }).compile(schema)
}

t.test('every tool has an example, and the schemas that are listed are valid', async (t) => {
  t.same(names.toSorted(), allTools.map(({ name }) => name).sort())
  t.same([...schemas.keys()].sort(), names.toSorted())
})

t.test(
  'every example is answered as the listed schemas say, in structure and in words',
  async (t) => {
    const answers: EarlierAnswers = {}
    const bea = await person()
    for (const [name, [args, says]] of Object.entries(examples)) {
      const callArguments = typeof args === 'function' ? args(answers) : args
      const { input, output } = schemas.get(name)!
      t.ok(
        input(callArguments),
        `${name} takes ${JSON.stringify(callArguments)}: ${JSON.stringify(input.errors)}`
      )
      // A user may ask a host outside only once a second.
      const client = name.includes('youtube') ? bea : ofWeb.has(name) ? await person() : ada
      const { structured, text, isError } = await call(client, name, callArguments)
      t.notOk(isError, `${name}: ${text}`)
      t.ok(output(structured), `${name}: ${JSON.stringify(output.errors)}`)
      t.match(text, says, name)
      answers[name] = structured
    }
  }
)

t.test(
  'every tool ignores what it does not take and says so, and refuses a call without what it needs',
  async (t) => {
    for (const { name, inputSchema } of listed) {
      const [needed] = inputSchema.required ?? []
      const { text, isError, structured } = await call(ada, name, {
        toolCallId: 'call_1',
        random_string: '',
        filter: {}
      })
      t.match(
        text,
        new RegExp(`Ignored what ${name} does not take: toolCallId, random_string, filter\\.$`),
        name
      )
      if (needed === undefined) {
        t.ok(isError || structured.notice, name)
        continue
      }
      t.match(
        await call(ada, name),
        { isError: true, text: new RegExp(`^Invalid arguments: .*${needed}`) },
        name
      )
      const misspelled = needed.replace(/(..)$/, (end) => `${end[1]}${end[0]}`)
      if (needed.length < 4 || misspelled === needed) continue
      t.match(
        await call(ada, name, { [misspelled]: 'x' }),
        {
          isError: true,
          text: new RegExp(`there is no ${misspelled}\\. Did you mean ${needed}\\?`)
        },
        name
      )
    }
  }
)

t.test(
  'an empty text for an optional argument is as if it was left out, for every tool and type',
  async (t) => {
    for (const tool of allTools) {
      const schema = tool.input as unknown as {
        properties: Record<string, { type?: string; minLength?: number }>
        required?: string[]
      }
      const required = schema.required ?? []
      const optional = Object.keys(schema.properties).filter((name) => !required.includes(name))
      const blank = Object.fromEntries(optional.map((name) => [name, '']))
      t.same(readArguments(blank, tool).values, readArguments({}, tool).values, tool.name)
      const blankLists = Object.fromEntries(
        optional.map((name) => [name, schema.properties[name]!.type === 'array' ? [''] : null])
      )
      if (tool.name !== 'memory_update') {
        t.same(readArguments(blankLists, tool).values, readArguments({}, tool).values, tool.name)
      }
      const kept = readArguments(Object.fromEntries(required.map((name) => [name, ''])), tool)
        .values as Record<string, unknown>
      t.notOk(
        required.some((name) => kept[name] === 0 || kept[name] === false),
        `${tool.name} makes no value of an empty required one`
      )
    }
    const lines = [
      { path: 'a.ts', content: '', language: '', sha256: '' },
      { path: 'b.ts', language: 'ts' }
    ]
    t.same(
      readArguments(
        { project_id: 'p', files: lines },
        { input: findTool('coding_index_source_code')!.input, emptyTexts: ['files.content'] }
      ).values,
      {
        project_id: 'p',
        files: [
          { path: 'a.ts', content: '' },
          { path: 'b.ts', language: 'ts' }
        ]
      },
      'nested ones too, but a file may be empty'
    )
  }
)

t.test('a word that is none of those that a tool knows is refused with all of them', async (t) => {
  t.match(await call(ada, 'graph_link', { from: 'a', to: 'b', type: 'about' }), {
    isError: true,
    text: /^Invalid arguments: type must be one of related_to, depends_on, .*contradicts\. Correct/
  })
})

t.test(
  'a person who may only read is refused by every tool that writes, and by no other',
  async (t) => {
    const reader = await person({ role: 'read_only' })
    t.same(
      (await reader.listTools()).tools.map(({ name }) => name),
      allTools.filter((tool) => !written.includes(tool)).map(({ name }) => name)
    )
    for (const { name } of allTools) {
      const { text, isError } = await call(reader, name, { nonsense: 1 })
      const isWritten = written.some((tool) => tool.name === name)
      t.ok(isError || !isWritten, name)
      t.match(
        text,
        isWritten
          ? `Your account may only read, and ${name} writes. Ask the administrator`
          : `Ignored what ${name} does not take: nonsense.`,
        name
      )
    }
  }
)

t.test(
  'no tool runs without one of its scopes: a key learns which, an app may ask for more',
  async (t) => {
    const { tokens, client: app } = await connected(running)
    for (const sufficient of new Set(allTools.map(({ groups }) => groups.toSorted().join()))) {
      const scope = toolGroups
        .filter((group) => !sufficient.split(',').includes(group))
        .map((group) => `mcp:${group}`)
        .join(' ')
      const narrow = await person({ scope })
      const there = (await narrow.listTools()).tools.map(({ name }) => name)
      await running.app.db
        .updateTable('oauth_tokens')
        .set({ scope })
        .where('client_id', '=', app.client_id)
        .execute()
      for (const {
        name,
        groups: [first]
      } of allTools.filter(({ groups }) => groups.toSorted().join() === sufficient)) {
        t.notOk(there.includes(name), name)
        t.match(
          await call(narrow, name, { nonsense: 1 }),
          {
            isError: true,
            text: `This API key does not cover ${name}; create one whose scope has mcp:${first}`
          },
          name
        )
        const refused = await post(
          `${url}/mcp`,
          String(tokens.access_token),
          toolsCall(name, { nonsense: 1 })
        )
        t.equal(refused.status, 403, name)
        t.match(
          refused.headers.get('www-authenticate'),
          new RegExp(`error="insufficient_scope".*${name} needs the scope mcp:${first}`),
          name
        )
      }
    }
  }
)
