// What cannot be beaten on this machine: Fastify that answers, that answers after one or two
// indexed SELECTs, and after BEGIN UPDATE INSERT COMMIT. A process of its own.
import Fastify from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 })
await pool.query('create table limits (id int primary key, at timestamptz not null default now())')
await pool.query(
  'create table limits_log (id bigint generated always as identity primary key, of int)'
)
await pool.query('insert into limits (id) select generate_series(1, 10000)')
const app = Fastify()
app.addContentTypeParser(
  'application/x-www-form-urlencoded',
  { parseAs: 'string' },
  (_, body, done) => done(null, body)
)
const some = () => 1 + Math.floor(Math.random() * 10_000)
const select = () =>
  pool.query({ name: 'one', text: 'select id, at from limits where id = $1', values: [some()] })

app.post('/echo', async () => ({ active: true }))
app.post('/select1', async () => {
  await select()
  return { active: true }
})
app.post('/select2', async () => {
  await select()
  await select()
  return { active: true }
})
app.post('/write', async () => {
  const client = await pool.connect()
  const id = some()
  await client.query('begin')
  await client.query({
    name: 'update',
    text: 'update limits set at = now() where id = $1',
    values: [id]
  })
  await client.query({
    name: 'insert',
    text: 'insert into limits_log (of) values ($1)',
    values: [id]
  })
  await client.query('commit')
  client.release()
  return { active: true }
})
await app.listen({ port: 0, host: '127.0.0.1' })
process.send!({ port: (app.server.address() as { port: number }).port })
