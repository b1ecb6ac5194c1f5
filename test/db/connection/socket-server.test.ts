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

t.test('an error of one client is not felt by another', async (t) => {
  const [one, two] = await clients(2)
  await Promise.all([
    (async () => {
      for (let round = 0; round < 50; round++) {
        await t.rejects(one!.query('select 1 / $1::integer', [0]), /division by zero/)
      }
    })(),
    (async () => {
      for (let round = 0; round < 50; round++) {
        t.same((await two!.query('select $1::integer as n', [round])).rows, [{ n: round }])
      }
    })()
  ])
  await Promise.all([one!.end(), two!.end()])
})

t.test('transactions are kept apart, and one whose client dies is rolled back', async (t) => {
  const [one, two, three] = await clients(3)
  await one!.query('create table kept (n integer)')
  await one!.query('begin')
  await one!.query('insert into kept values (1)')
  const waiting = two!.query('select count(*)::integer as n from kept')
  ;(
    one as unknown as { connection: { stream: { destroy: () => void } } }
  ).connection.stream.destroy()
  t.equal((await waiting).rows[0].n, 0)
  await three!.query('begin')
  await three!.query('insert into kept values (2)')
  const [, { rows }] = await Promise.all([three!.query('commit'), two!.query('select n from kept')])
  t.same(rows, [{ n: 2 }])
  await Promise.all([two!.end(), three!.end()])
})
