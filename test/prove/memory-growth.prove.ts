import { extname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { residentMegabytes } from '../../bench/calls/process-memory.ts'
import { random, sentence } from '../../bench/memory/text.ts'
import { deployedServiceAt, type DeployedService } from '../support/deployed-service.ts'
import { freshSettings, openSettings, type Service, spawnService } from '../support/helper.ts'
import { connectClient, post, toolsCall } from '../support/mcp-client.ts'
import { postModern } from '../support/modern-client.ts'
import type { Visitor } from '../support/visitor.ts'

/** An hour of one call in 100 ms, as fast as it goes, and not longer than ten minutes. */
const LIMIT_MS = Number(process.env['GROWTH_SECONDS'] ?? 600) * 1000
const ROUNDS = 2400
/** Each round has about 15 requests. */
const AT_ONCE = 4
/** Keys that the load writes: the database itself does not grow. */
const KEYS = 400
const SAMPLES = 12
/** What live memory may grow from the first third of the load to the last. */
const RATIO = 1.1
const SLACK_MB = 8
const reporter = new URL(`../support/heap-report${extname(import.meta.url)}`, import.meta.url)

interface Load {
  service: DeployedService
  key: string
  visitor: Visitor
}

/** What clients and a person do in a while: both revisions, a stream, pages, refusals. */
async function runRound({ service, key, visitor }: Load, round: number): Promise<void> {
  const next = random(round + 1)
  const { url } = service
  const name = `note-${round % KEYS}`
  const tool = (toolName: string, args: object) =>
    post(`${url}/mcp`, key, toolsCall(toolName, args)).then((answer) => answer.text())
  const modern = (toolName: string, args: object) =>
    postModern(`${url}/mcp`, key, {
      method: 'tools/call',
      params: { name: toolName, arguments: args }
    }).then((answer) => answer.text())
  await tool('memory_store', { key: name, value: sentence(next, 40) })
  await modern('memory_search', { query: sentence(next, 5) })
  await tool('memory_search', { query: sentence(next, 5) })
  await modern('memory_recall', { key: name })
  await tool('memory_update', { key: name, value: sentence(next, 30) })
  await modern('memory_list', { limit: 20 })
  await tool('memory_timeline', { time_range: 'last_month' })
  await modern('memory_delete', { key: `note-${(round + 7) % KEYS}` })
  await tool('memory_no_such_tool', {})
  await post(`${url}/mcp`, 'kagura_wrong', toolsCall('memory_list', {})).then((answer) =>
    answer.text()
  )
  for (const path of ['/', '/memories', `/memories?q=${name}`, '/activity', '/no-such-page']) {
    await visitor.get(path)
  }
  if (round % 10 === 0) await useStream(service, key)
  if (round % 10 === 5) await service.connected()
}

async function useStream({ url }: DeployedService, key: string): Promise<void> {
  const client = await connectClient(t, url, key, 'sse')
  await client.listTools()
  await client.callTool({ name: 'memory_list', arguments: {} })
  await client.close()
}

/** Megabytes that are in use after a collection of garbage: V8 collects old objects late. */
async function liveMegabytes({ process: child, stdout }: Service): Promise<number> {
  const reports = () => [...stdout().matchAll(/live bytes: (\d+)/g)]
  const before = reports().length
  child.kill('SIGUSR2')
  while (reports().length === before) await sleep(20)
  return Number(reports().at(-1)![1]) / 1024 / 1024
}

const middle = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!

t.test('an hour of mixed load does not make the process grow', async (t) => {
  const settings = await freshSettings(t)
  const spawned = await spawnService(t, settings, {
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_ADDRESS: '0',
    TOOL_HISTORY: 'true',
    NODE_OPTIONS: `--import=${reporter.href}`
  })
  const { db, close } = await openSettings(settings, { beside: true })
  t.teardown(close)
  const port = Number(new URL(spawned.url).port)
  const service = deployedServiceAt({ url: spawned.url, port, db, settings, failures: () => [] })
  const user = await service.person()
  const load = { service, key: await service.key(user), visitor: await service.visitor(user) }
  const [live, resident]: [number[], number[]] = [[], []]
  let round = 0
  const began = Date.now()
  const isOver = () => round >= ROUNDS || Date.now() - began > LIMIT_MS
  const watch = async () => {
    for (let at = 1; !isOver(); at++) {
      const isDue = () =>
        round >= (at * ROUNDS) / SAMPLES || Date.now() - began > (at * LIMIT_MS) / SAMPLES
      while (!isDue() && !isOver()) await sleep(200)
      live.push(await liveMegabytes(spawned))
      resident.push(residentMegabytes(spawned.process.pid!))
    }
  }
  const work = async () => {
    while (!isOver()) await runRound(load, round++)
  }
  await Promise.all([watch(), ...Array.from({ length: AT_ONCE }, work)])
  const list = (values: number[]) => values.map((value) => value.toFixed(0)).join(' ')
  t.comment(`${round} rounds in ${Math.round((Date.now() - began) / 1000)} s`)
  t.comment(`live MB ${list(live)}; resident MB ${list(resident)}`)
  const third = Math.floor(live.length / 3)
  const [early, late] = [middle(live.slice(0, third)), middle(live.slice(-third))]
  t.ok(round > 100, `${round} rounds`)
  t.ok(late <= RATIO * early + SLACK_MB, `${early.toFixed(0)} MB early, ${late.toFixed(0)} MB late`)
})
