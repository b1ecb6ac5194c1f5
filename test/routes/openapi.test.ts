import { Validator } from '@seriousme/openapi-schema-validator'
import { OpenAPIClientAxios } from 'openapi-client-axios'
import t from 'tap'
import { shortDescription } from '../../routes/openapi.json/document.ts'
import { toolProfiles } from '../../tools/profiles.ts'
import { allTools } from '../../tools/index.ts'
import { approve, authorizationUrl, redeem, register } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'

const running = await runService(t, { BRAVE_SEARCH_API_KEY: 'key' })
const { url } = running

interface Operation {
  operationId: string
  summary: string
  description: string
  security: Array<Record<string, string[]>>
  requestBody?: {
    content: Record<string, { schema: { properties: Record<string, { description?: string }> } }>
  }
}

interface Document extends Record<string, unknown> {
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: object }
}

async function read(query = ''): Promise<{ document: Document; operations: Operation[] }> {
  const document = (await (await fetch(`${url}/openapi.json${query}`)).json()) as Document
  return {
    document,
    operations: Object.values(document.paths).flatMap((path) => Object.values(path))
  }
}

t.test(
  'the document of every profile is valid OpenAPI 3.1 and within the limits of ChatGPT',
  async (t) => {
    for (const query of [
      '',
      ...Object.keys(toolProfiles).map((name) => `?profile=${name}`),
      '?tools=search,fetch'
    ]) {
      const { document, operations } = await read(query)
      t.match(
        await new Validator().validate(structuredClone(document)),
        { valid: true, errors: undefined },
        query
      )
      t.match(document, { openapi: '3.1.0', servers: [{ url }] })
      for (const { operationId, summary, description, requestBody } of operations) {
        t.ok(description.length <= 300 && summary.length <= 300, operationId)
        const properties = requestBody?.content['application/json']?.schema.properties ?? {}
        t.ok(
          Object.values(properties).every((property) => (property.description ?? '').length <= 700),
          operationId
        )
      }
      t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
    }
  }
)

t.test(
  'by default it has at most the 30 operations that ChatGPT takes; the full profile has every tool',
  async (t) => {
    const { operations } = await read()
    t.ok(operations.length <= 30, `${operations.length} operations`)
    t.ok(operations.some(({ operationId }) => operationId === 'memory_store'))
    t.same(
      (await read('?profile=full')).operations.map(({ operationId }) => operationId),
      ['list_tools', ...allTools.map(({ name }) => name)]
    )
    const bare = await runService(t, { WEB_TOOLS: 'false' })
    const { paths } = (await (await fetch(`${bare.url}/openapi.json?profile=web`)).json()) as {
      paths: object
    }
    t.same(Object.keys(paths), ['/api/v1/tools'], 'what is not set up is not there')
    const wrong = await fetch(`${url}/openapi.json?profile=all`)
    t.match(
      [wrong.status, await wrong.json()],
      [400, { error: 'invalid_request', error_description: /no profile "all"/ }]
    )
  }
)

t.test('it says how to prove who one is, and which scope each tool needs', async (t) => {
  const { document, operations } = await read()
  t.match(document.components.securitySchemes, {
    oauth: {
      type: 'oauth2',
      flows: {
        authorizationCode: {
          authorizationUrl: `${url}/api/v1/oauth/authorize`,
          tokenUrl: `${url}/api/v1/oauth/token`,
          scopes: { 'mcp:memory': /./, 'mcp:tools': /./ }
        }
      }
    },
    bearer: { type: 'http', scheme: 'bearer' },
    apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' }
  })
  t.same(operations.find(({ operationId }) => operationId === 'memory_get_related')?.security, [
    { oauth: ['mcp:memory:read'] },
    { oauth: ['mcp:graph:read'] },
    { oauth: ['mcp:memory'] },
    { oauth: ['mcp:graph'] },
    { oauth: ['mcp:tools:read'] },
    { oauth: ['mcp:tools'] },
    { bearer: [] },
    { apiKey: [] }
  ])
})

t.test('a description is cut after a whole sentence', async (t) => {
  t.equal(shortDescription('Short.'), 'Short.')
  t.equal(shortDescription(`One. Two. ${'x'.repeat(400)}.`), 'One. Two.')
  t.match(shortDescription('word '.repeat(100)), /^(word ){57,59}word…$/)
})

/** Generates a client from the document, with a method for each operation. */
async function generated(headers: Record<string, string>) {
  const api = new OpenAPIClientAxios({
    definition: `${url}/openapi.json?profile=full`,
    axiosConfigDefaults: { headers, validateStatus: () => true }
  })
  return api.init()
}

async function useTools(t: Pick<typeof import('tap').t, 'match'>, headers: Record<string, string>) {
  const client = await generated(headers)
  t.match(
    await client['memory_store']!(undefined, { key: 'color', value: 'my favorite color is blue' }),
    { status: 200, data: { created: true } }
  )
  t.match(await client['memory_recall']!(undefined, { key: 'color' }), {
    status: 200,
    data: { value: 'my favorite color is blue' }
  })
  t.match(await client['memory_search']!(undefined, { query: 'favorite color' }), {
    status: 200,
    data: { results: [{ key: 'color' }] }
  })
  t.match((await client['list_tools']!({ profile: 'core' })).data, { tools: { length: 13 } })
  t.match(await client['memory_recall']!(undefined, { key: 'none' }), {
    status: 422,
    data: { error: 'refused' }
  })
}

t.test('a generated client calls the tools with an API key, in either header', async (t) => {
  for (const header of ['authorization', 'x-api-key']) {
    const { key } = await running.key(await running.person())
    await useTools(t, { [header]: header === 'authorization' ? `Bearer ${key}` : key })
  }
})

t.test(
  "a generated client signs in as ChatGPT's actions do, without PKCE, and calls the tools",
  async (t) => {
    const callback = 'https://chat.openai.com/aip/g-0123456789abcdef/oauth/callback'
    const client = await register(running, { uris: [callback], scope: 'mcp:memory' })
    const { email } = await running.person()
    const visitor = await running.signedIn(email)
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    const { code, answer } = await approve(visitor, client, { ...without, scope: 'mcp:memory' })
    t.equal(answer.origin + answer.pathname, callback)
    const tokens = await redeem(url, client, { code })
    t.match(tokens, {
      status: 200,
      token_type: 'Bearer',
      scope: 'mcp:memory',
      refresh_token: /^kgr_/
    })
    await useTools(t, { authorization: `Bearer ${String(tokens.access_token)}` })
    t.match(
      await (
        await generated({ authorization: `Bearer ${String(tokens.access_token)}` })
      )['coding_start_session']!(undefined, { project_id: 'p', description: 'd' }),
      { status: 403 }
    )

    t.equal(
      (
        await visitor.get(
          authorizationUrl(client, {
            ...without,
            redirect_uri: 'https://chat.openai.com/aip/g-another/oauth/callback'
          }).url
        )
      ).status,
      400,
      'the callback of another GPT'
    )
    const open = await register(running, { uris: [callback], method: 'none' })
    const refused = await visitor.get(authorizationUrl(open, without).url)
    t.match(
      refused.html + refused.headers.get('location'),
      /code_challenge/,
      'a client without a secret needs PKCE, which actions do not have'
    )
  }
)
