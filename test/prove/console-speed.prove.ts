// databases: both
import t from 'tap'
import { percentile, timed } from '../../bench/memory/timing.ts'
import type { User } from '../../db/people/users.ts'
import { consoleRoutes, fillPath } from '../support/console-routes.ts'
import { RARE, seedConsole } from '../support/console-seed.ts'
import { onPostgres } from '../support/helper.ts'
import { runService } from '../support/running.ts'
import type { Visitor } from '../support/visitor.ts'

const SMALL_STORE = Number(process.env['CONSOLE_FEW_MEMORIES'] ?? 10_000)
const LARGE_STORE = Number(process.env['CONSOLE_MEMORIES'] ?? 100_000)
const REQUESTS = 20
const WARM_UPS = 3
/** Milliseconds of a page at the median, and what a loaded machine may take. */
const LIMIT_MS = onPostgres ? 60 : 150
const LOAD_FACTOR = 3
/** Bytes of a page with its styles. */
const MAX_BYTES = 60_000
/** A page may take so many times as long with ten times the memories, and so many ms more. */
const GROWTH = { factor: 2, milliseconds: 10 }
/** It looks for types of memories that may be rare, however old they are. */
const growing = new Set(['/memories/briefing'])

t.setTimeout(30 * 60_000)
const running = await runService(t, { LOG_LEVEL: 'warn', TOOL_HISTORY: 'true' })
const { app } = running

/** Downloads, whose size is that of their content. */
const downloads = ['/activity/export', '/admin/audit/csv']
const routes = consoleRoutes(app)
  .filter(({ path, methods }) => methods.includes('GET') && !downloads.includes(path))
  .map(({ path }) => path)

const queries = [
  '/memories?q=heron+winter+note-17',
  '/memories?namespace=work',
  `/memories?namespace=${RARE.agent_name}`,
  '/memories?tag=tag-7',
  `/memories?tag=${RARE.tag}`,
  '/memories?app=Codex',
  `/memories?app=${encodeURIComponent(RARE.app)}`,
  '/memories?type=fact',
  `/memories?type=${RARE.type}`,
  '/memories?when=yesterday',
  '/memories?when=1990',
  '/timeline?when=yesterday',
  '/timeline?namespace=work',
  `/timeline?namespace=${RARE.agent_name}`,
  '/graph?node=topic:heron&depth=2',
  '/graph?type=supersedes',
  '/graph?type=blocks',
  '/activity?tool=memory_list',
  '/activity?tool=memory_purge'
]

/** A value of each parameter of a URL. A new parameter needs one here. */
async function valuesOf(userId: string, appId: string): Promise<Record<string, string>> {
  const memory = await app.db
    .selectFrom('memory_versions')
    .select('memory_id')
    .where('user_id', '=', userId)
    .where('version', '=', 1)
    .where('memory_id', 'not like', 'deleted-%')
    .limit(1)
    .executeTakeFirstOrThrow()
  const call = await app.db
    .selectFrom('tool_calls')
    .select('call_no')
    .where('user_id', '=', userId)
    .limit(1)
    .executeTakeFirstOrThrow()
  return {
    memory_id: memory.memory_id,
    version: '1',
    project_id: 'heronry',
    session_id: 'walk',
    app_id: appId,
    call: String(call.call_no),
    client_id: 'chatgpt-connector',
    user_id: userId,
    client: 'claude-code',
    import_id: 'none'
  }
}

interface Measured {
  path: string
  status: number
  p50: number
  bytes: number
}

/** Measures every page of a person with so many memories. */
async function measure(count: number): Promise<Map<string, Measured>> {
  const person: User = await running.person(`person-${count}@example.org`, 'admin')
  const { key_id: appId } = await running.key(person)
  const began = performance.now()
  await seedConsole(app.db, person.user_id, count, appId)
  await app.db
    .insertInto('coding_sessions')
    .values({
      user_id: person.user_id,
      project_id: 'heronry',
      session_id: 'walk',
      description: 'A walk'
    })
    .execute()
  t.comment(`${count} memories stored in ${Math.round(performance.now() - began)} ms`)
  const browser = await running.signedIn(person.email)
  const values = await valuesOf(person.user_id, appId)
  const style = (await (await browser.request('/style.css')).text()).length
  const pages = new Map<string, Measured>()
  for (const route of [...routes, ...queries]) {
    const path = fillPath(route, values)
    pages.set(route, await measurePage(browser, path, style))
  }
  return pages
}

async function measurePage(browser: Visitor, path: string, style: number): Promise<Measured> {
  let [status, bytes] = [0, 0]
  const times = await timed(
    REQUESTS,
    async () => {
      const answer = await browser.request(path)
      status = answer.status
      bytes = (await answer.arrayBuffer()).byteLength + style
    },
    WARM_UPS
  )
  return { path, status, p50: percentile(times, 0.5), bytes }
}

t.test('every page is fast and small, and stays so with ten times the memories', async (t) => {
  const few = await measure(SMALL_STORE)
  const many = await measure(LARGE_STORE)
  t.comment(`p50 of ${REQUESTS} requests, ${onPostgres ? 'PostgreSQL' : 'embedded database'}`)
  t.comment(`${'page'.padEnd(56)} status  ${SMALL_STORE} ms  ${LARGE_STORE} ms  bytes with styles`)
  for (const [route, page] of many) {
    const before = few.get(route)!.p50
    const figures = [before.toFixed(1), page.p50.toFixed(1), page.bytes].map((figure) =>
      String(figure).padStart(9)
    )
    t.comment(`${route.padEnd(56)} ${page.status} ${figures.join(' ')}`)
    t.ok(page.status < 500, `${page.path} answers: ${page.status}`)
    t.ok(page.bytes < MAX_BYTES, `${page.path} has ${page.bytes} bytes`)
    t.ok(page.p50 < LIMIT_MS * LOAD_FACTOR, `${page.path} takes ${page.p50.toFixed(1)} ms`)
    const growth = `${page.path} takes ${before.toFixed(1)} and ${page.p50.toFixed(1)} ms`
    const isFlat = page.p50 <= before * GROWTH.factor + GROWTH.milliseconds
    t.ok(isFlat || growing.has(route), growth)
  }
})
