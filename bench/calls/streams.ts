import { type ChildProcess } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { issueApiKey } from '../../db/people/api-keys.ts'
import { newPerson, scratchDatabase } from '../database.ts'
import { measure } from '../oauth/load.ts'
import { startServer } from '../oauth/ours.ts'
import { EventConnection } from './event-connection.ts'
import type { Figure } from './figures.ts'
import { residentMegabytes } from './process-memory.ts'
import { endProcess } from './servers.ts'

const PEOPLE = 100
const STREAMS = 10_000
const FEW_STREAMS = 10
const OPEN_AT_ONCE = 50
const CALLS = 4000
const AT_ONCE = 16
const server = fileURLToPath(new URL(`../../server${extname(import.meta.url)}`, import.meta.url))

/** Memory and the CPU of a call while many streams of HTTP+SSE are open on one node. */
export async function measureStreams(): Promise<Figure[]> {
  const database = await scratchDatabase(true)
  const keys: string[] = []
  for (let number = 0; number < PEOPLE; number++) {
    const person = await newPerson(database)
    await person.call('memory_store', { key: 'note', value: 'a value' })
    const { key } = await issueApiKey(database.db, {
      user_id: person.user_id,
      name: 'bench',
      scope: 'mcp:memory'
    })
    keys.push(String(key))
  }
  const remove = await database.release()
  const children: ChildProcess[] = []
  const connections: EventConnection[] = []
  const databaseUrl = database.settings['DATABASE_URL']!
  try {
    const started = await startServer(
      process.execPath,
      server,
      process.cwd(),
      { databaseUrl, dataDir: '' },
      children
    )
    const open = (number: number) =>
      EventConnection.open(started.port, '/mcp/sse', keys[number % PEOPLE]!)
    const callCpu = () => recallCpu(started, keys)
    for (let number = 0; number < FEW_STREAMS; number++) connections.push(await open(number))
    await callCpu()
    const fewCpu = await callCpu()
    while (connections.length < STREAMS) {
      const from = connections.length
      const missing = Math.min(OPEN_AT_ONCE, STREAMS - from)
      connections.push(
        ...(await Promise.all(Array.from({ length: missing }, (_, i) => open(from + i))))
      )
    }
    const manyCpu = await callCpu()
    return [
      {
        work: `${STREAMS} open streams of ${PEOPLE} people on one node`,
        measured: `${residentMegabytes(started.pid).toFixed(0)} MB; CPU of a call ${(manyCpu / fewCpu).toFixed(2)} times`,
        goal: 'under 1 GB; at most 1.3 times that with ten streams'
      }
    ]
  } finally {
    for (const connection of connections) connection.close()
    await Promise.all(children.map(endProcess))
    await remove()
  }
}

/** Milliseconds of CPU for each memory_recall. */
async function recallCpu(started: { port: number; pid: number }, keys: string[]): Promise<number> {
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'memory_recall', arguments: { key: 'note' } }
  })
  const headers = (index: number) => ({
    authorization: `Bearer ${keys[index % keys.length]}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream'
  })
  const target = { ...started, path: '/mcp', headers, body: () => body, expected: 200 }
  return (await measure(target, 0, CALLS, AT_ONCE)).cpuMs
}
