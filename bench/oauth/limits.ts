// What nothing of this kind can be faster than: Fastify that echoes a form, Fastify with indexed SELECTs by node-pg, and one transaction.
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import pg from 'pg'

const [databaseUrl = '', selects = '1'] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
await pool.query('create table if not exists bench_limit (id text primary key, row jsonb, uses integer not null default 0); create table if not exists bench_log (id bigserial primary key, row jsonb)')
const row = { id: 'x'.repeat(43), scope: 'mcp:tools mcp:memory mcp:coding', client: 'client', expires_in: 3600 }
await pool.query("insert into bench_limit select 'row ' || n, $1 from generate_series(1, 1000) n on conflict do nothing", [row])

const app = Fastify()
await app.register(formbody)
app.post('/echo', async (request) => request.body)
app.post('/select', async () => {
  let found
  for (let query = 0; query < Number(selects); query++) found = (await pool.query({ name: 'one', text: 'select id, row, uses from bench_limit where id = $1', values: ['row 500'] })).rows[0]
  return found
})
let turn = 0
app.post('/transaction', async () => {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query({ name: 'update', text: 'update bench_limit set uses = uses + 1 where id = $1', values: [`row ${++turn % 1000 + 1}`] })
    await client.query({ name: 'insert', text: 'insert into bench_log (row) values ($1)', values: [row] })
    await client.query('commit')
    return row
  } finally {
    client.release()
  }
})
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(JSON.stringify({ port: (app.server.address() as { port: number }).port }))
