// npm's oidc-provider 9 as a server, with its storage on PostgreSQL. Arguments: its folder, the database, lanes, codes.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { PEER_TABLE, peerAdapter } from './peer-adapter.ts'
import { REDIRECT_URI, SECRET, VERIFIER } from './target.ts'

const [folder = '', databaseUrl = '', lanes = '0', codes = '0'] = process.argv.slice(2)
const { Provider, errors } = await import(pathToFileURL(join(folder, 'lib/index.js')).href)
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
await pool.query(PEER_TABLE)

const Adapter = peerAdapter(pool, () => new errors.InvalidGrant('used before'))
const provider = new Provider('http://localhost:3000', {
  adapter: Adapter,
  features: { introspection: { enabled: true }, devInteractions: { enabled: false } },
  scopes: ['memory', 'offline_access'],
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  pkce: { required: () => true },
  ttl: { AccessToken: 3600, AuthorizationCode: 600, RefreshToken: 7_776_000, Grant: 7_776_000 },
  findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
  cookies: { keys: ['k'.repeat(32)] }
})
// In the database, as ours is: read at each request.
await new Adapter('Client').upsert('client', {
  client_id: 'client', client_secret: SECRET, redirect_uris: [REDIRECT_URI], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'client_secret_post', scope: 'memory offline_access'
})
const client = await provider.Client.find('client')
const accountId = 'account'

async function grant (): Promise<string> {
  const made = new provider.Grant({ accountId, clientId: 'client' })
  made.addOIDCScope('memory offline_access')
  return made.save()
}
const common = async () => ({ accountId, client, grantId: await grant(), scope: 'memory offline_access', gty: 'authorization_code', expiresWithSession: false })
const challenge = { codeChallenge: createHash('sha256').update(VERIFIER).digest('base64url'), codeChallengeMethod: 'S256', redirectUri: REDIRECT_URI }

const made = { access: await new provider.AccessToken(await common()).save(), refresh: [] as string[], codes: [] as string[] }
for (let lane = 0; lane < Number(lanes); lane++) made.refresh.push(await new provider.RefreshToken({ ...await common(), rotations: 0 }).save())
for (let code = 0; code < Number(codes); code++) made.codes.push(await new provider.AuthorizationCode({ ...await common(), ...challenge }).save())
const server = provider.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port, made })))
