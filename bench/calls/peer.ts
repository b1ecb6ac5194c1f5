// The official SDK's Express examples, with one look-up of the token in PostgreSQL: stateless
// Streamable HTTP that answers as JSON, and HTTP+SSE. The tools do no work. A process of its own.
// PEER_MODULES says where its packages are.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(join(process.env['PEER_MODULES']!, 'index.js'))
const load = async (name: string) =>
  (await import(pathToFileURL(require.resolve(name)).href)) as Record<string, any>
const { default: express } = await load('express')
const { default: pg } = await load('pg')
const { z } = await load('zod')
const { McpServer } = await load('@modelcontextprotocol/sdk/server/mcp.js')
const { SSEServerTransport } = await load('@modelcontextprotocol/sdk/server/sse.js')
const { StreamableHTTPServerTransport } = await load(
  '@modelcontextprotocol/sdk/server/streamableHttp.js'
)

interface PeerRequest {
  headers: Record<string, string | undefined>
  query: Record<string, string>
  body: unknown
}
interface PeerResponse {
  status: (code: number) => { end: () => void }
  on: (event: string, listener: () => void) => void
}

/** As many as the short list of this server has. */
const TOOLS = 12
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 })
await pool.query('create table tokens (hash text primary key, user_id text not null)')
await pool.query(
  "insert into tokens select 'other-' || n, 'u' || n from generate_series(1, 10000) n"
)
await pool.query('insert into tokens values ($1, $2)', [digest(process.env['TOKEN']!), 'bench'])

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

async function isAuthenticated({ headers }: PeerRequest): Promise<boolean> {
  const { rows } = await pool.query({
    name: 'token',
    text: 'select user_id from tokens where hash = $1',
    values: [digest(headers.authorization?.slice('Bearer '.length) ?? '')]
  })
  return rows.length === 1
}

function newServer() {
  const server = new McpServer({ name: 'peer', version: '1.0.0' })
  const inputSchema = {
    key: z.string().describe('The key of the memory.'),
    agent_name: z.string().optional().describe('The namespace of the memory.'),
    limit: z.number().int().min(1).max(100).optional().describe('How many to return at most.')
  }
  for (let number = 1; number <= TOOLS; number++) {
    const name = number === 1 ? 'memory_recall' : `tool_${number}`
    const description = 'Returns the memory under a key, with its tags and its times.'
    server.registerTool(
      name,
      { title: name, description, inputSchema },
      async ({ key }: { key: string }) => ({
        content: [{ type: 'text', text: `The value of ${key}` }]
      })
    )
  }
  return server
}

const app = express()
app.use(express.json())
app.post('/mcp', async (request: PeerRequest, response: PeerResponse) => {
  if (!(await isAuthenticated(request))) return void response.status(401).end()
  const server = newServer()
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
    enableJsonResponse: true
  })
  response.on('close', () => {
    void transport.close()
    void server.close()
  })
  await server.connect(transport)
  await transport.handleRequest(request, response, request.body)
})

const transports = new Map<string, any>()
app.get('/sse', async (_: unknown, response: PeerResponse) => {
  const transport = new SSEServerTransport('/messages', response)
  transports.set(transport.sessionId, transport)
  response.on('close', () => transports.delete(transport.sessionId))
  await newServer().connect(transport)
})
app.post('/messages', async (request: PeerRequest, response: PeerResponse) => {
  if (!(await isAuthenticated(request))) return void response.status(401).end()
  const transport = transports.get(String(request.query['sessionId']))
  await transport!.handlePostMessage(request, response, request.body)
})

const server = app.listen(0, '127.0.0.1', () =>
  process.send!({ port: (server.address() as { port: number }).port })
)
