import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { issueApiKey } from '../../db/people/api-keys.ts'
import { newPerson, type Scratch, scratchDatabase } from '../database.ts'
import { seed } from '../memory/seed.ts'
import { random, sentence, word } from '../memory/text.ts'
import { percentile, timed } from '../memory/timing.ts'
import { newCaller } from './caller.ts'
import { residentMegabytes } from './process-memory.ts'
import type { Figure } from './figures.ts'

const CALLS = 200
/** Before them the server still compiles what a search runs. */
const WARM_UP = 200
const QUESTION_WORDS = 6
const VALUE_WORDS = 24
const server = fileURLToPath(new URL(`../../server${extname(import.meta.url)}`, import.meta.url))

interface Sizes {
  size: number
  /** Milliseconds. */
  searchGoal: number
  storeGoal: number
}
const postgresSizes: Sizes[] = [
  { size: 1000, searchGoal: 8, storeGoal: 4 },
  { size: 50_000, searchGoal: 15, storeGoal: 4 },
  { size: 100_000, searchGoal: 15, storeGoal: 4 }
]
const embeddedSizes: Sizes[] = [
  { size: 1000, searchGoal: 15, storeGoal: 4 },
  { size: 50_000, searchGoal: 40, storeGoal: 4 }
]

/**
 * Medians of memory_search and memory_store, one call after the other, where one person has so many
 * memories; and of the start on that database. Statistics are those that the database made itself.
 */
export async function measureLatencies(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [isPostgres, sizes] of [
    [true, postgresSizes],
    [false, embeddedSizes]
  ] as const) {
    for (const each of sizes) figures.push(...(await measureSize(isPostgres, each)))
  }
  return figures
}

async function measureSize(isPostgres: boolean, sizes: Sizes): Promise<Figure[]> {
  const database = await scratchDatabase(isPostgres)
  const key = await seededKey(database, sizes.size)
  const remove = await database.release()
  const began = performance.now()
  const child = spawn(process.execPath, [server], {
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'silent', ...database.settings },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  try {
    let output = ''
    for await (const chunk of child.stdout) {
      if (/listening on \S+\n/.test((output += String(chunk)))) break
    }
    const url = /listening on (\S+)/.exec(output)![1]!
    await (await fetch(`${url}/ready`)).text()
    const startSeconds = (performance.now() - began) / 1000
    const idleMegabytes = residentMegabytes(child.pid!)
    const { searches, stores } = await measureTools(url, key)
    const where = `${isPostgres ? 'PostgreSQL' : 'embedded'}, ${sizes.size} memories`
    return [
      milliseconds(`memory_search, ${where}`, searches, sizes.searchGoal),
      milliseconds(`memory_store, ${where}`, stores, sizes.storeGoal),
      {
        work: `start, ${where}`,
        measured: `${startSeconds.toFixed(1)} s; ${idleMegabytes.toFixed(0)} MB when it answers`,
        goal: isPostgres ? 'under 1 s' : 'under 1 s; under 350 MB'
      }
    ]
  } finally {
    child.kill()
    await once(child, 'exit')
    await remove()
  }
}

async function seededKey(database: Scratch, size: number): Promise<string> {
  const { user_id: userId } = await newPerson(database)
  await seed(database.db, userId, size, 0)
  const { key } = await issueApiKey(database.db, {
    user_id: userId,
    name: 'bench',
    scope: 'mcp:memory'
  })
  return String(key)
}

async function measureTools(url: string, key: string) {
  const call = newCaller(`${url}/api/v1/mcp/key`, key)
  const next = random(7)
  const searches = await timed(
    CALLS,
    () => call('memory_search', { query: `${sentence(next, QUESTION_WORDS)} ${word(next)}` }),
    WARM_UP
  )
  const stores = await timed(
    CALLS,
    (i) => call('memory_store', { key: `new-${i}`, value: sentence(next, VALUE_WORDS) }),
    WARM_UP
  )
  return { searches, stores }
}

function milliseconds(work: string, times: number[], goal: number): Figure {
  const [middle, late] = [percentile(times, 0.5), percentile(times, 0.99)]
  return {
    work,
    measured: `p50 ${middle.toFixed(1)} ms, p99 ${late.toFixed(1)} ms`,
    goal: `p50 under ${goal} ms`
  }
}
