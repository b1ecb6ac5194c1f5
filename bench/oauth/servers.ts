import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connect } from '../../db/connect.ts'
import { insertAuthorizationCode } from '../../db/oauth-authorization-codes.ts'
import { issueClient } from '../../db/oauth-clients.ts'
import { insertGrant } from '../../db/oauth-grants.ts'
import { issueTokens } from '../../db/oauth-tokens.ts'
import { digest, newSecret } from '../../db/secrets.ts'
import { insertUser } from '../../db/users.ts'
import { type Amounts, loadsFor, REDIRECT_URI, SECRET, type Target, VERIFIER, form } from './target.ts'

export const program = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Starts a server process under the given Node.js; its first line of stdout that `ready` matches. */
async function start (node: string, args: string[], ready: RegExp, env: Record<string, string> = {}) {
  const child = spawn(node, args, { env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  for await (const line of createInterface(child.stdout)) {
    const found = ready.exec(line)
    if (!found) continue
    child.stdout.resume()
    return { line, found, pid: child.pid!, stop: () => { child.kill(); return closed } }
  }
  throw new Error(`${args.join(' ')} ended before it was ready.`)
}

/** Our server on the database of `settings`, with what the loads need put in by its own query modules. */
export async function ours (name: string, node: string, settings: Record<string, string>, amounts: Amounts): Promise<Target> {
  const env = { PORT: '0', LOG_LEVEL: 'error', ...settings }
  const { found, pid, stop } = await start(node, [program('../../server.js')], /listening on (\S+)/, env)
  const url = found[1]!
  const { db, close } = await connect({ databaseUrl: settings['DATABASE_URL'], dataDir: settings['DATA_DIR'] ?? '', beside: true })
  const user = (await insertUser(db, { email: 'bench@example.org', name: 'Bench', role: 'user', password_hash: 'none' }))!
  await issueClient(db, 'client', { client_name: 'Client', redirect_uris: [REDIRECT_URI], scope: 'mcp:tools', token_endpoint_auth_method: 'client_secret_post' })
  await db.updateTable('oauth_clients').set({ client_secret_hash: digest(SECRET) }).where('client_id', '=', 'client').execute()

  const common = { client_id: 'client', user_id: user.user_id, scope: 'mcp:tools', resource: `${url}/api/v1/mcp/sse` }
  const made = { access: '', refresh: [] as string[], codes: [] as string[] }
  const challenge = createHash('sha256').update(VERIFIER).digest('base64url')
  await db.transaction().execute(async (trx) => {
    for (let lane = 0; lane < amounts.lanes; lane++) {
      const pair = await issueTokens(trx, { ...common, grant_id: await insertGrant(trx, common), expires_in: 3600, refresh_days: 90 })
      made.access = pair.access_token
      made.refresh.push(pair.refresh_token!)
    }
    for (let at = 0; at < amounts.codes; at++) {
      const code = newSecret('kgc_')
      await insertAuthorizationCode(trx, code, { ...common, grant_id: await insertGrant(trx, common), redirect_uri: REDIRECT_URI, redirect_uri_given: true, code_challenge: challenge, code_challenge_method: 'S256' })
      made.codes.push(code)
    }
  })
  await close()
  return { name, pid, stop, loads: loadsFor({ introspection: `${url}/api/v1/oauth/introspect`, token: `${url}/api/v1/oauth/token`, resource: { url: `${url}/mcp`, method: 'POST' } }, made) }
}

export async function peer (node: string, folder: string, databaseUrl: string, { lanes, codes }: Amounts): Promise<Target> {
  const { line, pid, stop } = await start(node, [program('peer.js'), folder, databaseUrl, String(lanes), String(codes)], /^\{"port"/)
  const { port, made } = JSON.parse(line)
  const url = `http://127.0.0.1:${port}`
  return { name: 'oidc-provider 9 on PostgreSQL', pid, stop, loads: loadsFor({ introspection: `${url}/token/introspection`, token: `${url}/token`, resource: { url: `${url}/me`, method: 'GET' } }, made) }
}

/** The bare limits: an echo, as many SELECTs as ours needs for that workload, one transaction. */
export async function limit (node: string, databaseUrl: string, selects: number): Promise<Target> {
  const { line, pid, stop } = await start(node, [program('limits.js'), databaseUrl, String(selects)], /^\{"port"/)
  const url = `http://127.0.0.1:${JSON.parse(line).port}`
  const post = (path: string) => ({ url: url + path, method: 'POST' as const, headers: form, status: 200, body: `client_id=client&client_secret=${SECRET}&token=${'t'.repeat(47)}` })
  const read = selects === 0 ? '/echo' : '/select'
  return {
    name: selects === 0 ? 'Fastify echo' : `Fastify and ${selects} indexed SELECT${selects === 1 ? '' : 's'} (refresh, code: BEGIN UPDATE INSERT COMMIT)`,
    pid,
    selects,
    stop,
    loads: { introspection: post(read), 'wrong token': post(read), refresh: post('/transaction'), code: post('/transaction') }
  }
}
