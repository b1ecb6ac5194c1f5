import t from 'tap'
import { databaseClient } from '../../support/helper.ts'
import { post, toolsCall } from '../../support/mcp-client.ts'
import { approve, connected, redeem, refresh } from '../../support/oauth-client.ts'
import { runService, secondNode } from '../../support/running.ts'

const running = await runService(t)
const second = await secondNode(t, running)
const operator = await databaseClient(t, running.settings)

async function names(token: unknown): Promise<string[]> {
  const answer = await post(`${second}/mcp`, String(token), {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/list'
  })
  const { result } = (await answer.json()) as { result: { tools: Array<{ name: string }> } }
  return result.tools.map(({ name }) => name)
}

/** Calls a tool on the second node: the HTTP status, the challenge and the tool result. */
async function attempt(token: unknown, name: string, args: object = {}) {
  const answer = await post(`${second}/mcp`, String(token), toolsCall(name, args))
  const { result } = (await answer.json()) as {
    result?: { isError?: boolean; content: Array<{ text: string }> }
  }
  return {
    status: answer.status,
    challenge: answer.headers.get('www-authenticate'),
    isError: result?.isError === true,
    text: result?.content[0]?.text ?? ''
  }
}

t.test(
  'a narrower client narrows live tokens on the next request of every node, and a ' +
    'wider one restores the grant',
  async (t) => {
    const { client, tokens } = await connected(running)
    const token = tokens.access_token
    const before = await names(token)
    t.ok(before.includes('memory_store') && before.includes('coding_start_session'))
    await operator.query("UPDATE oauth_clients SET scope = 'mcp:memory' WHERE client_id = $1", [
      client.client_id
    ])
    const narrowed = await names(token)
    t.ok(narrowed.includes('memory_store') && !narrowed.includes('coding_start_session'))
    t.match(await attempt(token, 'memory_store', { key: 'k', value: 'v' }), {
      status: 200,
      isError: false
    })
    t.match(
      await attempt(token, 'coding_start_session', { project_id: 'p', description: 'd' }),
      {
        status: 200,
        isError: true,
        text: /not registered for coding_start_session/
      },
      'asking the person again cannot help, so it is the tool that says no'
    )
    t.equal((await refresh(second, client, tokens.refresh_token)).scope, 'mcp:memory')
    await operator.query("UPDATE oauth_clients SET scope = 'mcp:tools' WHERE client_id = $1", [
      client.client_id
    ])
    t.same(await names(token), before)
  }
)

t.test('a role that only reads narrows live tokens on the next request', async (t) => {
  const { tokens, user } = await connected(running)
  const token = tokens.access_token
  await operator.query("UPDATE users SET role = 'read_only' WHERE user_id = $1", [user.user_id])
  const left = await names(token)
  t.ok(left.includes('memory_recall') && !left.includes('memory_store'))
  t.match(await attempt(token, 'memory_store', { key: 'k', value: 'v' }), {
    status: 200,
    isError: true,
    text: /account may only read/
  })
  await operator.query("UPDATE users SET role = 'user' WHERE user_id = $1", [user.user_id])
  t.match(await attempt(token, 'memory_store', { key: 'k', value: 'v' }), {
    status: 200,
    isError: false
  })
})

t.test(
  'a permission that was not ticked gets 403 with the full scope until the person ticks it',
  async (t) => {
    const { visitor, client } = await connected(running, { scope: 'mcp:memory mcp:coding' })
    const { access_token: token } = await redeem(
      running.url,
      client,
      await approve(visitor, client, {}, ['mcp:memory'])
    )
    const { status, challenge } = await attempt(token, 'coding_start_session', {
      project_id: 'p',
      description: 'd'
    })
    t.equal(status, 403)
    t.match(challenge, /error="insufficient_scope"/)
    t.match(challenge, /scope="mcp:memory mcp:coding"/)
    t.match(challenge, /resource_metadata="/)
    const scope = /scope="([^"]+)"/.exec(challenge!)![1]!
    const wider = await redeem(
      running.url,
      client,
      await approve(visitor, client, { scope }, ['mcp:memory', 'mcp:coding'])
    )
    t.match(
      await attempt(wider.access_token, 'coding_start_session', {
        project_id: 'p',
        description: 'd'
      }),
      { status: 200, isError: false }
    )
    await operator.query("UPDATE oauth_clients SET scope = 'mcp:memory' WHERE client_id = $1", [
      client.client_id
    ])
    t.match(
      await attempt(token, 'coding_start_session', { project_id: 'p', description: 'd' }),
      { status: 200, isError: true, challenge: null },
      'no challenge where consent cannot help'
    )
  }
)

t.test('introspection reflects a narrower client on every node', async (t) => {
  const { client, tokens } = await connected(running)
  await operator.query("UPDATE oauth_clients SET scope = 'mcp:coding' WHERE client_id = $1", [
    client.client_id
  ])
  const answer = await fetch(`${second}/api/v1/oauth/introspect`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: client.client_id,
      client_secret: client.client_secret!,
      token: String(tokens.access_token)
    })
  })
  t.match(await answer.json(), { active: true, scope: 'mcp:coding' })
})
