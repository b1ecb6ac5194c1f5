import { mcpPaths } from '../../lib/mcp-resource.ts'
import { type Answer, type Check, failed, passed, type Visit } from './visit.ts'

const endpoint = mcpPaths[0]!
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'kagura doctor', version: '1' }
  }
}

/** Names under which clients come, and which some edges block as robots. */
const agents = ['Claude-User', 'python-httpx/0.28.1', 'openai-mcp/1.0.0']

/**
 * The endpoint without a credential, as a client first meets it, and with one when there is a key.
 */
export async function checkMcp(visit: Visit, key: string | undefined): Promise<Check[]> {
  const checks: Check[] = []
  for (const [method, body] of [['POST', initialize], ['GET'], ['HEAD']] as const) {
    checks.push(
      challenged(
        visit,
        `${method} without credentials`,
        await visit.ask(method, endpoint, {}, body),
        'Let the proxy pass every method and the header WWW-Authenticate.'
      )
    )
  }
  for (const agent of agents) {
    const answer = await visit.ask('POST', endpoint, { 'user-agent': agent }, initialize)
    checks.push(
      challenged(
        visit,
        `User-Agent ${agent}`,
        answer,
        'Something before the server blocks robots: allow this User-Agent there (at Cloudflare: "Block AI bots" off for this host).'
      )
    )
  }
  checks.push(
    challenged(
      visit,
      'MCP URL with a trailing slash',
      await visit.ask('POST', `${endpoint}/`, {}, initialize),
      'Turn redirects between spellings off in the proxy: a redirect turns POST into GET.'
    )
  )
  checks.push(
    checkPreflight(
      await visit.ask('OPTIONS', endpoint, {
        origin: 'https://claude.ai',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,mcp-protocol-version'
      })
    )
  )
  return key === undefined ? checks : [...checks, ...(await useTools(visit, key))]
}

/** A 401 that leads to the metadata of this very server (RFC 9728 §5.1). */
function challenged(
  visit: Visit,
  check: string,
  { status, headers, problem }: Answer,
  fix: string
): Check {
  if (status !== 401) {
    return failed(
      check,
      `It answers ${problem ?? status}${headers.has('location') ? ` and redirects to ${headers.get('location')}` : ''}, where 401 is due.`,
      fix
    )
  }
  const metadata = /resource_metadata="([^"]*)"/.exec(headers.get('www-authenticate') ?? '')?.[1]
  if (metadata === undefined) {
    return failed(
      check,
      'The 401 names no metadata, so it comes from something before the server.',
      fix
    )
  }
  return metadata.startsWith(`${visit.url}/.well-known/oauth-protected-resource`)
    ? passed(check, 'The 401 leads to the metadata.')
    : failed(
        check,
        `The 401 leads to ${metadata}.`,
        `Start the server with PUBLIC_URL=${visit.url}.`
      )
}

function checkPreflight({ status, headers, problem }: Answer): Check {
  const allowed = headers.get('access-control-allow-origin')
  const names = (headers.get('access-control-allow-headers') ?? '').toLowerCase()
  return status < 300 &&
    ['*', 'https://claude.ai'].includes(allowed ?? '') &&
    names.includes('authorization') &&
    names.includes('mcp-protocol-version')
    ? passed('CORS preflight', 'Clients in a browser may ask.')
    : failed(
        'CORS preflight',
        `OPTIONS answers ${problem ?? status}, allowing ${allowed ?? 'no origin'}.`,
        'Let the proxy pass OPTIONS on and add no CORS headers of its own.'
      )
}

async function useTools(visit: Visit, key: string): Promise<Check[]> {
  const bearer = { authorization: `Bearer ${key}` }
  const started = await visit.ask('POST', endpoint, bearer, initialize)
  if (!started.json?.['result']) {
    const { message } = (started.json?.['error'] ?? {}) as { message?: string }
    return [
      failed(
        'API key',
        `initialize answers ${started.problem ?? started.status}${message === undefined ? '' : `: ${message}`}`,
        'Compare the key with the one that was made here; if it is right, let the proxy pass the header Authorization.'
      )
    ]
  }
  const listed = await visit.ask('POST', endpoint, bearer, {
    jsonrpc: '2.0',
    id: 2,
    method: 'tools/list'
  })
  const { tools = [] } = (listed.json?.['result'] ?? {}) as { tools?: unknown[] }
  return [
    passed('API key', 'It is accepted.'),
    tools.length > 0
      ? passed('tools', `${tools.length} are listed.`)
      : failed(
          'tools',
          'None is listed.',
          'Make a key whose scope covers some: npx kagura key create --user EMAIL --name NAME --scope "mcp:tools".'
        )
  ]
}
