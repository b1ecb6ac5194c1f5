import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { issueApiKey } from '../../db/people/api-keys.ts'
import { newPerson, type Scratch, scratchDatabase } from '../database.ts'
import { random, sentence, word } from '../memory/text.ts'
import { percentile, percentiles, timed } from '../memory/timing.ts'

const server = fileURLToPath(new URL(`../../server${extname(import.meta.url)}`, import.meta.url))
const SEARCHES = 100
/** Stores that are timed at the end of each size. */
const STORES = 200
const SESSION = 25
/** How much slower a database may be that was never analysed. */
const MAX_RATIO = 1.5

/**
 * The first hour: from nothing, memories are stored through HTTP one after the other. Prints how
 * long a store and a search take at each size, before and after ANALYZE, on both databases.
 */
export async function fresh(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      sizes: { type: 'string', default: '400,5000,20000' },
      database: { type: 'string', default: 'embedded,postgres' }
    }
  })
  const sizes = values.sizes.split(',').map(Number)
  console.log(
    `${SEARCHES} searches and the last ${STORES} stores of each size, one after the other, ` +
      `Node.js ${process.version}`
  )
  for (const database of values.database.split(',')) {
    for (const size of sizes) await measure(database === 'postgres', size)
  }
}

async function measure(postgres: boolean, size: number): Promise<void> {
  const database = await scratchDatabase(postgres)
  const person = await newPerson(database)
  const issued = await issueApiKey(database.db, {
    user_id: person.user_id,
    name: 'bench',
    scope: 'mcp:memory'
  })
  const remove = await database.release()
  const { url, end } = await startServer(database)
  try {
    const call = caller(`${url}/api/v1/mcp/key`, String(issued.key))
    const next = random(7)
    const store = (i: number) =>
      call('memory_store', {
        key: `note-${i}`,
        value: sentence(next, 12 + Math.floor(next() * 24)),
        session_id: `session-${Math.floor(i / SESSION)}`
      })
    for (let i = 0; i < size - STORES; i++) await store(i)
    const stores = await timed(STORES, (i) => store(size - STORES + i))
    const search = () => call('memory_search', { query: `${sentence(next, 6)} ${word(next)}` })
    const before = await timed(SEARCHES, search, 20)
    await analyze(database)
    const after = await timed(SEARCHES, search, 20)
    const again = await timed(STORES, (i) => store(size + i))
    const name = `${postgres ? 'PostgreSQL' : 'embedded'} ${String(size).padStart(6)}`
    print(`${name}  store `, stores, again)
    print(`${name}  search`, before, after)
  } finally {
    await end()
    await remove()
  }
}

function print(name: string, before: number[], after: number[]): void {
  const ratio = percentile(before, 0.5) / percentile(after, 0.5)
  const verdict = ratio <= MAX_RATIO ? '' : `  more than ${MAX_RATIO}`
  console.log(
    `${name}  fresh ${percentiles(before)}   after ANALYZE ${percentiles(after)}   ` +
      `ratio ${ratio.toFixed(2)}${verdict}`
  )
}

async function startServer({
  settings
}: Scratch): Promise<{ url: string; end: () => Promise<void> }> {
  const env = { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'silent', ...settings }
  const child = spawn(process.execPath, [server], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const chunk of child.stdout) {
    if (/listening on \S+\n/.test((text += String(chunk)))) break
  }
  const end = async () => {
    child.kill()
    await once(child, 'exit')
  }
  return { url: /listening on (\S+)/.exec(text)![1]!, end }
}

function caller(url: string, key: string) {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${key}`
  }
  return async (name: string, args: object): Promise<void> => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: args }
    })
    const answer = await fetch(url, { method: 'POST', headers, body })
    const text = await answer.text()
    if (!answer.ok || text.includes('"isError":true')) {
      throw new Error(`${name}: ${answer.status} ${text.slice(0, 500)}`)
    }
  }
}

/** Through the socket of the running service, or to the server itself. */
async function analyze({ settings }: Scratch): Promise<void> {
  const { DATABASE_URL: connectionString, DATA_DIR: host } = settings
  const client = new pg.Client(
    connectionString ? { connectionString } : { host, user: 'postgres', database: 'postgres' }
  )
  await client.connect()
  await client.query('analyze')
  await client.end()
}
