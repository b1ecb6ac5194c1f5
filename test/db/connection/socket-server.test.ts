// databases: both
import pg from 'pg'
import t from 'tap'
import { openEmbedded } from '../../../db/connection/embedded/index.ts'
import { temporaryDirectory } from '../../support/helper.ts'

const embedded = await openEmbedded(temporaryDirectory(t), (error) => t.fail(error))
t.teardown(embedded.close)

async function client(): Promise<pg.Client> {
  const connection = new pg.Client({ host: embedded.host, user: 'postgres', database: 'postgres' })
  connection.on('error', () => {})
  await connection.connect()
  return connection
}
const clients = (count: number) => Promise.all(Array.from({ length: count }, client))

t.test('statements of many clients never mix, though they share one session', async (t) => {
  const connections = await clients(12)
  const wrong: unknown[] = []
  await Promise.all(
    connections.map(async (connection, index) => {
      for (let round = 0; round < 60; round++) {
        const value = `${index}.${round}`
        // As many parameters each, another statement each: a mix would answer with somebody else's
        // column.
        const { rows } = await connection.query(`select $1::text as column_${index}`, [value])
        if (rows[0]?.[`column_${index}`] !== value) wrong.push({ index, round, rows })
      }
    })
  )
  t.same(wrong, [])
  await Promise.all(connections.map((connection) => connection.end()))
})

t.test('an error of one client does not affect another', async (t) => {
  const [failing, working] = await clients(2)
  await Promise.all([
    (async () => {
      for (let round = 0; round < 50; round++) {
        await t.rejects(failing!.query('select 1 / $1::integer', [0]), /division by zero/)
      }
    })(),
    (async () => {
      for (let round = 0; round < 50; round++) {
        t.same((await working!.query('select $1::integer as n', [round])).rows, [{ n: round }])
      }
    })()
  ])
  await Promise.all([failing!.end(), working!.end()])
})

t.test('transactions stay apart, and one whose client dies is rolled back', async (t) => {
  const [dying, waiter, writer] = await clients(3)
  await dying!.query('create table kept (n integer)')
  await dying!.query('begin')
  await dying!.query('insert into kept values (1)')
  const waiting = waiter!.query('select count(*)::integer as n from kept')
  ;(
    dying as unknown as { connection: { stream: { destroy: () => void } } }
  ).connection.stream.destroy()
  t.equal((await waiting).rows[0].n, 0)
  await writer!.query('begin')
  await writer!.query('insert into kept values (2)')
  const [, { rows }] = await Promise.all([
    writer!.query('commit'),
    waiter!.query('select n from kept')
  ])
  t.same(rows, [{ n: 2 }])
  await Promise.all([waiter!.end(), writer!.end()])
})
