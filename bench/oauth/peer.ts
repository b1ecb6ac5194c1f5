// npm oidc-provider with an adapter on PostgreSQL that consumes in one conditional update. A
// process of its own: PEER_MODULES says where its packages are.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(join(process.env['PEER_MODULES']!, 'index.js'))
const load = async (name: string) =>
  (await import(pathToFileURL(require.resolve(name)).href)) as { default: any; Pool?: any }
const { default: Provider } = await load('oidc-provider')
const { default: pg } = await load('pg')
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 })
await pool.query(
  'create table if not exists peer (id text, name text, payload jsonb, grant_id text, ' +
    'consumed timestamptz, expires_at timestamptz, primary key (name, id))'
)
await pool.query('create index if not exists peer_grant on peer (grant_id)')

class Adapter {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }

  async upsert(id: string, payload: { grantId?: string }, seconds: number) {
    await pool.query({
      name: 'upsert',
      text: `insert into peer values ($1, $2, $3, $4, null, now() + make_interval(secs => $5))
        on conflict (name, id) do update
        set payload = excluded.payload, expires_at = excluded.expires_at`,
      values: [id, this.name, payload, payload.grantId ?? null, seconds ?? 86_400]
    })
  }

  async find(id: string) {
    if (this.name === 'Client') return id === 'bench' ? client : undefined
    const {
      rows: [row]
    } = await pool.query({
      name: 'find',
      text: 'select payload, consumed from peer where name = $1 and id = $2 and expires_at > now()',
      values: [this.name, id]
    })
    return (
      row && {
        ...row.payload,
        ...(row.consumed && { consumed: Math.floor(row.consumed.getTime() / 1000) })
      }
    )
  }

  async consume(id: string) {
    const { rowCount } = await pool.query({
      name: 'consume',
      text: 'update peer set consumed = now() where name = $1 and id = $2 and consumed is null',
      values: [this.name, id]
    })
    if (rowCount === 0) throw new Error('consumed by another request')
  }

  async destroy(id: string) {
    await pool.query({
      name: 'destroy',
      text: 'delete from peer where name = $1 and id = $2',
      values: [this.name, id]
    })
  }

  async revokeByGrantId(grantId: string) {
    await pool.query('delete from peer where grant_id = $1', [grantId])
  }
}

const client = {
  client_id: 'bench',
  client_secret: process.env['BENCH_SECRET'],
  redirect_uris: ['https://client.example/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_post'
}
const provider = new Provider('http://localhost', {
  adapter: Adapter,
  features: {
    introspection: { enabled: true, allowedPolicy: async () => true },
    devInteractions: { enabled: false }
  },
  ttl: { AuthorizationCode: 3600, AccessToken: 3600, RefreshToken: 86_400, Grant: 86_400 },
  findAccount: async (_: unknown, id: string) => ({
    accountId: id,
    claims: async () => ({ sub: id })
  }),
  rotateRefreshToken: () => true,
  pkce: { required: () => true },
  scopes: ['mcp', 'offline_access'],
  // In the code flow each exchange gives a refresh token, as ours does; a token outlives the
  // session.
  issueRefreshToken: async () => true,
  expiresWithSession: async () => false
})

/** Codes and refresh tokens as after an approval, made beforehand for both sides. */
async function mint(
  count: number,
  challenge: string
): Promise<{ codes: string[]; refresh: string[]; access: string[] }> {
  const made = { codes: [] as string[], refresh: [] as string[], access: [] as string[] }
  const registered = await provider.Client.find('bench')
  for (let i = 0; i < count; i++) {
    const grant = new provider.Grant({ accountId: 'user', clientId: 'bench' })
    grant.addOIDCScope('mcp offline_access')
    const grantId = await grant.save()
    const common = {
      accountId: 'user',
      client: registered,
      grantId,
      scope: 'mcp offline_access',
      gty: 'authorization_code'
    }
    const code = new provider.AuthorizationCode({
      ...common,
      redirectUri: client.redirect_uris[0],
      codeChallenge: challenge,
      codeChallengeMethod: 'S256'
    })
    made.codes.push(await code.save())
    made.refresh.push(await new provider.RefreshToken(common).save())
    made.access.push(await new provider.AccessToken(common).save())
  }
  return made
}

/** Cookies of people who are signed in and have approved the client before. */
async function signIn(count: number): Promise<string[]> {
  const cookies: string[] = []
  for (let i = 0; i < count; i++) {
    const accountId = `user-${i}`
    const grant = new provider.Grant({ accountId, clientId: 'bench' })
    grant.addOIDCScope('mcp')
    const session = new provider.Session({ accountId, loginTs: Math.floor(Date.now() / 1000) })
    session.ensureClientContainer('bench')
    session.grantIdFor('bench', await grant.save())
    cookies.push(`_session=${await session.save(86_400)}`)
  }
  return cookies
}

const server = provider.listen(0, '127.0.0.1', () => process.send!({ port: server.address().port }))
process.on(
  'message',
  async (request: { count: number; challenge: string } | { people: number }) => {
    process.send!(
      'people' in request
        ? await signIn(request.people)
        : await mint(request.count, request.challenge)
    )
  }
)
