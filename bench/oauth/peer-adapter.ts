import type pg from 'pg'

export const PEER_TABLE = `create table if not exists peer (
  model text not null, id text not null, payload jsonb not null, grant_id text, uid text, user_code text, consumed_at timestamptz, expires_at timestamptz,
  primary key (model, id)
); create index if not exists peer_grant on peer (grant_id); create index if not exists peer_uid on peer (uid)`

/**
 * oidc-provider's storage on PostgreSQL: one indexed table, named prepared statements, and a conditional UPDATE where something is used up,
 * so that of two at the same instant one is refused (`refused` makes that error).
 */
export function peerAdapter (pool: pg.Pool, refused: () => Error) {
  const query = (name: string, text: string, values: unknown[]) => pool.query({ name, text, values })
  const live = '(expires_at is null or expires_at > now())'
  const columns = 'payload, extract(epoch from consumed_at)::integer as consumed'
  const read = ({ rows: [row] }: pg.QueryResult) => row && (row.consumed === null ? row.payload : { ...row.payload, consumed: row.consumed })

  return class {
    readonly model: string
    constructor (model: string) {
      this.model = model
    }

    async upsert (id: string, payload: Record<string, unknown>, expiresIn?: number) {
      await query('upsert', `insert into peer (model, id, payload, grant_id, uid, user_code, expires_at) values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
        on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid, expires_at = excluded.expires_at`,
      [this.model, id, JSON.stringify(payload), payload['grantId'], payload['uid'], payload['userCode'], expiresIn])
    }

    async find (id: string) { return read(await query('find', `select ${columns} from peer where model = $1 and id = $2 and ${live}`, [this.model, id])) }
    async findByUid (uid: string) { return read(await query('uid', `select ${columns} from peer where model = $1 and uid = $2 and ${live}`, [this.model, uid])) }
    async findByUserCode (code: string) { return read(await query('user code', `select ${columns} from peer where model = $1 and user_code = $2 and ${live}`, [this.model, code])) }
    async destroy (id: string) { await query('destroy', 'delete from peer where model = $1 and id = $2', [this.model, id]) }
    async revokeByGrantId (grantId: string) { await query('revoke', 'delete from peer where grant_id = $1', [grantId]) }
    async consume (id: string) {
      const { rowCount } = await query('consume', 'update peer set consumed_at = now() where model = $1 and id = $2 and consumed_at is null', [this.model, id])
      if (rowCount === 0) throw refused()
    }
  }
}
