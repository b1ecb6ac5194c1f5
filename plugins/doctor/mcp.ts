import { mcpPaths } from '../../lib/mcp-resource.ts'
import {
  type Check,
  describeRedirect,
  failedCheck,
  passedCheck,
  type ServerAnswer,
  type ServerVisit
} from './visit.ts'
import { commandName } from '../../lib/command-name.ts'

const mcpPath = mcpPaths[0]!
const initializeMessage = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'kagura doctor', version: '1' }
  }
}

/** A request of MCP 2026-07-28, whose headers repeat its body. */
const discoverMessage = {
  jsonrpc: '2.0',
  id: 0,
  method: 'server/discover',
  params: {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {}
    }
  }
}
const discoverHeaders = {
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': discoverMessage.method
}
/** What clients in a browser must be allowed to send. */
const neededHeaders = [
  'authorization',
  'content-type',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name'
]

/** User agents of real clients, some of which edges block as robots. */
export const clientAgents = ['Claude-User', 'python-httpx/0.28.1', 'openai-mcp/1.0.0']

/**
 * Checks the MCP endpoint as a client meets it first, without credentials; and with the API key if
 * there is one.
 */
export async function checkMcp(
  visit: ServerVisit,
  key: string | undefined,
  agents: readonly string[] = clientAgents
): Promise<Check[]> {
  return [
    ...(await checkMethods(visit)),
    ...(await checkAgents(visit, agents)),
    checkChallenge(
      visit.url,
      'MCP URL with a trailing slash',
      await visit.send('POST', `${mcpPath}/`, {}, initializeMessage),
      'Turn off redirects between the two spellings in the proxy: a redirect turns POST into GET.'
    ),
    checkPreflight(
      await visit.send('OPTIONS', mcpPath, {
        origin: 'https://claude.ai',
        'access-control-request-method': 'POST',
        'access-control-request-headers': neededHeaders.join()
      })
    ),
    ...(key === undefined ? [] : await checkTools(visit, key))
  ]
}

async function checkMethods(visit: ServerVisit): Promise<Check[]> {
  const checks: Check[] = []
  for (const [method, body] of [['POST', initializeMessage], ['GET'], ['HEAD']] as const) {
    checks.push(
      checkChallenge(
        visit.url,
        `${method} without credentials`,
        await visit.send(method, mcpPath, {}, body),
        'Let the proxy forward every method and the header WWW-Authenticate.'
      )
    )
  }
  return checks
}

async function checkAgents(visit: ServerVisit, agents: readonly string[]): Promise<Check[]> {
  const checks: Check[] = []
  for (const agent of agents) {
    checks.push(
      checkChallenge(
        visit.url,
        `User-Agent ${agent}`,
        await visit.send('POST', mcpPath, { 'user-agent': agent }, initializeMessage),
        'Something in front of the server blocks robots. Allow this User-Agent there. ' +
          'At Cloudflare, turn "Block AI bots" off for this host.'
      )
    )
  }
  return checks
}

/** Checks for a 401 that leads to the metadata of this server (RFC 9728 §5.1). */
function checkChallenge(
  serverUrl: string,
  checkName: string,
  answer: ServerAnswer,
  fix: string
): Check {
  const { status, headers, problem } = answer
  if (status !== 401) {
    return failedCheck(
      checkName,
      `It answers ${problem ?? status}${describeRedirect(answer)} instead of 401.`,
      fix
    )
  }
  const challenge = headers.get('www-authenticate') ?? ''
  const metadataUrl = /resource_metadata="([^"]*)"/.exec(challenge)?.[1]
  if (metadataUrl === undefined) {
    return failedCheck(
      checkName,
      'The 401 names no metadata, so it comes from something in front of the server.',
      fix
    )
  }
  return metadataUrl.startsWith(`${serverUrl}/.well-known/oauth-protected-resource`)
    ? passedCheck(checkName, 'The 401 leads to the metadata.')
    : failedCheck(
        checkName,
        `The 401 leads to ${metadataUrl}.`,
        `Start the server with PUBLIC_URL=${serverUrl}.`
      )
}

function checkPreflight({ status, headers, problem }: ServerAnswer): Check {
  const allowedOrigin = headers.get('access-control-allow-origin')
  const allowedHeaders = (headers.get('access-control-allow-headers') ?? '').toLowerCase()
  return status < 300 &&
    ['*', 'https://claude.ai'].includes(allowedOrigin ?? '') &&
    neededHeaders.every((name) => allowedHeaders.includes(name))
    ? passedCheck('CORS preflight', 'Clients in a browser can connect.')
    : failedCheck(
        'CORS preflight',
        `OPTIONS answers ${problem ?? status} and allows ${allowedOrigin ?? 'no origin'}.`,
        'Let the proxy forward OPTIONS, and do not let it add CORS headers.'
      )
}

async function checkTools(visit: ServerVisit, key: string): Promise<Check[]> {
  const bearerHeaders = { authorization: `Bearer ${key}` }
  const initialized = await visit.send('POST', mcpPath, bearerHeaders, initializeMessage)
  if (!initialized.json?.['result']) {
    const { message } = (initialized.json?.['error'] ?? {}) as { message?: string }
    const errorDetail = message === undefined ? '' : `: ${message}`
    return [
      failedCheck(
        'API key',
        `initialize answers ${initialized.problem ?? initialized.status}${errorDetail}`,
        'Compare the key with the one that this server created. If it is right, let the proxy ' +
          'forward the header Authorization.'
      )
    ]
  }
  const toolsAnswer = await visit.send('POST', mcpPath, bearerHeaders, {
    jsonrpc: '2.0',
    id: 2,
    method: 'tools/list'
  })
  const { tools = [] } = (toolsAnswer.json?.['result'] ?? {}) as { tools?: unknown[] }
  return [
    passedCheck('API key', 'The server accepts it.'),
    checkDiscovery(
      await visit.send('POST', mcpPath, { ...bearerHeaders, ...discoverHeaders }, discoverMessage)
    ),
    tools.length > 0
      ? passedCheck('tools', `The server lists ${tools.length}.`)
      : failedCheck(
          'tools',
          'The server lists none for this key.',
          'Create a key with a wider scope: ' +
            `${commandName} key create --user EMAIL --name NAME --scope "mcp:tools".`
        )
  ]
}

/** Newer clients begin with server/discover, and need three headers to arrive. */
function checkDiscovery({ status, json, problem }: ServerAnswer): Check {
  const checkName = 'MCP 2026-07-28'
  const { supportedVersions } = (json?.['result'] ?? {}) as { supportedVersions?: unknown }
  if (Array.isArray(supportedVersions)) {
    return passedCheck(checkName, `The server speaks ${supportedVersions.join(', ')}.`)
  }
  const { message } = (json?.['error'] ?? {}) as { message?: string }
  return failedCheck(
    checkName,
    `server/discover answers ${problem ?? message ?? status}.`,
    'Let the proxy forward the headers MCP-Protocol-Version, Mcp-Method and Mcp-Name unchanged.'
  )
}
