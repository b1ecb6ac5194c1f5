import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { issueApiKey } from '../../db/people/api-keys.ts'
import { vacuum } from '../../db/connection/maintenance.ts'
import { newPerson, scratchDatabase } from '../database.ts'
import { measurePeer } from './peer.ts'
import { seed } from './seed.ts'
import { random, sentence, word } from './text.ts'
import { percentiles, timed } from './timing.ts'

const server = fileURLToPath(new URL(`../../server${extname(import.meta.url)}`, import.meta.url))
const CALLS = 200
/** Words of a question: it is asked in a sentence of these and as many stop words. */
const QUESTION = 6

/**
 * memory_store and memory_search through HTTP with a key, the service a process of its own, at
 * growing sizes; beside the npm server that most people use.
 */
export async function memory(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      postgres: { type: 'boolean', default: false },
      sizes: { type: 'string', default: '1000,50000' },
      users: { type: 'string', default: '1,100' },
      peer: { type: 'boolean', default: false }
    }
  })
  const numbers = (text: string) => text.split(',').map(Number)
  const sizes = numbers(values.sizes)
  console.log(
    `${CALLS} calls each, one after the other, after 20 that are not counted; ` +
      `${values.postgres ? 'PostgreSQL' : 'embedded database'}, Node.js ${process.version}`
  )
  for (const size of sizes) {
    for (const users of numbers(values.users)) await measure(values.postgres, size, users)
  }
  if (values.peer) {
    await measurePeer(
      sizes.filter((size) => size <= 50_000),
      CALLS
    )
  }
}

async function measure(postgres: boolean, size: number, users: number): Promise<void> {
  const database = await scratchDatabase(postgres)
  const keys: string[] = []
  for (let i = 0; i < users; i++) {
    const person = await newPerson(database)
    await seed(database.db, person.user_id, Math.floor(size / users), i)
    if (keys.length < 10) {
      keys.push(
        String(
          (
            await issueApiKey(database.db, {
              user_id: person.user_id,
              name: 'bench',
              scope: 'mcp:memory'
            })
          ).key
        )
      )
    }
  }
  await vacuum(database.db)
  const remove = await database.release()
  const child = spawn(process.execPath, [server], {
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'silent', ...database.settings },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  try {
    let text = ''
    for await (const chunk of child.stdout) {
      if (/listening on \S+\n/.test((text += String(chunk)))) break
    }
    const url = `${/listening on (\S+)/.exec(text)![1]!}/api/v1/mcp/key`
    const next = random(7)
    const call = async (number: number, name: string, args: object) => {
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${keys[number % keys.length]}`
      }
      const answer = await fetch(url, {
        method: 'POST',
        headers,
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name, arguments: args }
        })
      })
      const body = await answer.text()
      if (!answer.ok || body.includes('"isError":true')) {
        throw new Error(`${name}: ${answer.status} ${body.slice(0, 500)}`)
      }
    }
    const searches = await timed(
      CALLS,
      (i) => call(i, 'memory_search', { query: `${sentence(next, QUESTION)} ${word(next)}` }),
      20
    )
    const stores = await timed(
      CALLS,
      (i) => call(i, 'memory_store', { key: `new-${i}`, value: sentence(next, 24) }),
      20
    )
    const people = `${users} user${users === 1 ? ' ' : 's'}`
    console.log(
      `${'Kagura Memory'.padEnd(40)} ${String(size).padStart(9)}  ${people.padEnd(9)} ` +
        `store ${percentiles(stores)}   search ${percentiles(searches)}`
    )
  } finally {
    child.kill()
    await once(child, 'exit')
    await remove()
  }
}
