import { cpuOf, type Measured, measure, median, type Target } from '../oauth/load.ts'
import { EventConnection } from './event-connection.ts'
import type { Figure } from './figures.ts'
import type { Servers, ServerProcess } from './servers.ts'

const ROUNDS = 5
const WARM_UP = 2000
const PER_ROUND = 2000
const AT_ONCE = 16
const MODERN = '2026-07-28'
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientCapabilities': {}
}

/** A round of calls of one server. */
type Round = (count: number) => Promise<Measured>

/** Each comparison in turns, after a warm-up that does not count; medians of the rounds. */
export async function measureCalls(servers: Servers): Promise<Figure[]> {
  const { ours, sdk, bare, key } = servers
  const recall = message('tools/call', { name: 'memory_recall', arguments: { key: 'note-7' } })
  const list = message('tools/list', {})
  const legacyHttp = (server: ServerProcess, path: string, body: string): Round =>
    http({ ...server, path, headers: () => bearer(key), body: () => body, expected: 200 })
  const modernHttp = (body: string, name: Record<string, string>): Round =>
    http({
      ...ours,
      path: '/mcp',
      headers: () => ({ ...bearer(key), 'mcp-protocol-version': MODERN, ...name }),
      body: () => body,
      expected: 200
    })
  const recallOf = { 'mcp-method': 'tools/call', 'mcp-name': 'memory_recall' }

  const [oldRecall, newRecall, sdkRecall, twoSelects] = await inTurns([
    legacyHttp(ours, '/mcp', recall),
    modernHttp(modern(recall), recallOf),
    legacyHttp(sdk, '/mcp', recall),
    http({
      ...bare,
      path: '/select2',
      headers: () => bearer(key),
      body: () => recall,
      expected: 200
    })
  ])
  const [oldList, newList, sdkList] = await inTurns([
    legacyHttp(ours, '/mcp', list),
    modernHttp(modern(list), { 'mcp-method': 'tools/list' }),
    legacyHttp(sdk, '/mcp', list)
  ])
  const [oursEvents, sdkEvents] = await inTurns([
    events(ours, '/mcp/sse', key, recall),
    events(sdk, '/sse', key, recall)
  ])
  const sdkName = 'SDK with Express'
  return [
    compare('memory_recall, Streamable HTTP', oldRecall!, sdkName, sdkRecall!, 2.5),
    compare(
      'memory_recall, Streamable HTTP',
      oldRecall!,
      'Fastify with two SELECTs',
      twoSelects!,
      0.5
    ),
    compare('memory_recall, 2026-07-28', newRecall!, sdkName, sdkRecall!, 2.5),
    compare('memory_recall, 2026-07-28', newRecall!, 'Fastify with two SELECTs', twoSelects!, 0.5),
    compare('memory_recall, HTTP+SSE', oursEvents!, "SDK's HTTP+SSE", sdkEvents!, 1.5),
    compare('tools/list, Streamable HTTP', oldList!, sdkName, sdkList!, 5),
    compare('tools/list, 2026-07-28', newList!, sdkName, sdkList!, 5)
  ]
}

function compare(
  work: string,
  ours: Measured,
  peer: string,
  theirs: Measured,
  goal: number
): Figure {
  const throughput = ours.perSecond / theirs.perSecond
  const cpu = ours.cpuMs / theirs.cpuMs
  return {
    work: `${work}, throughput beside ${peer}`,
    measured: `${throughput.toFixed(2)} times (CPU ${cpu.toFixed(2)} times, ${ours.cpuMs.toFixed(2)} ms)`,
    goal: `at least ${goal} times`
  }
}

function message(method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
}

function modern(body: string): string {
  const request = JSON.parse(body) as { params: object }
  return JSON.stringify({ ...request, params: { ...request.params, _meta: ENVELOPE } })
}

function bearer(key: string): Record<string, string> {
  return {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream'
  }
}

function http(target: Target): Round {
  return (count) => measure(target, 0, count, AT_ONCE)
}

function events(server: ServerProcess, path: string, key: string, body: string): Round {
  const headers = { ...bearer(key), 'content-length': String(body.length) }
  return async (count) => {
    const connections = await Promise.all(
      Array.from({ length: AT_ONCE }, () => EventConnection.open(server.port, path, key))
    )
    const cpu = cpuOf(server.pid)
    const began = performance.now()
    let sent = 0
    await Promise.all(
      connections.map(async (connection) => {
        while (sent++ < count) {
          const answer = await connection.call(headers, body)
          if (!answer.includes('"result"')) throw new Error(`Not answered: ${answer}`)
        }
      })
    )
    const seconds = (performance.now() - began) / 1000
    const cpuUsed = cpuOf(server.pid) - cpu
    for (const connection of connections) connection.close()
    return { perSecond: count / seconds, cpuMs: cpuUsed / count }
  }
}

async function inTurns(rounds: Round[]): Promise<Measured[]> {
  const measured = rounds.map((): Measured[] => [])
  for (const round of rounds) await round(WARM_UP)
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (const [index, round] of rounds.entries()) measured[index]!.push(await round(PER_ROUND))
  }
  return measured.map((results) => ({
    perSecond: median(results.map(({ perSecond }) => perSecond)),
    cpuMs: median(results.map(({ cpuMs }) => cpuMs))
  }))
}
