// The load generator, a process of its own: reads a Load from stdin, sends it, prints how it went.
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Load } from './target.ts'

const LANES = 16
const load = JSON.parse(await text(process.stdin)) as Load
const agent = new Agent({ keepAlive: true, maxSockets: LANES })
let sent = 0
let wrong = ''

const began = performance.now()
await Promise.all(Array.from({ length: LANES }, (_, lane) => run(lane)))
const seconds = (performance.now() - began) / 1000
agent.destroy()
console.log(JSON.stringify({ seconds, wrong, chain: load.chain }))

/** One request after the other: the same body again, the next of the list, or one with the token that the last answer brought. */
async function run (lane: number): Promise<void> {
  while (sent < load.count && wrong === '') {
    const at = sent++
    const body = load.bodies?.[at] ?? (load.chain ? load.body + encodeURIComponent(load.chain[lane]!) : load.body)
    const { status, said } = await send(body)
    if (status !== load.status) wrong = `${status} ${said.slice(0, 300)}`
    if (load.chain) load.chain[lane] = JSON.parse(said).refresh_token ?? load.chain[lane]
  }
}

function send (body: string): Promise<{ status: number, said: string }> {
  return new Promise((resolve, reject) => {
    const { url, method, headers } = load
    const outgoing = request(url, { method, agent, headers: { ...headers, ...(method === 'POST' && { 'content-length': Buffer.byteLength(body) }) } }, (answer) => {
      text(answer).then((said) => resolve({ status: answer.statusCode!, said }), reject)
    })
    outgoing.on('error', reject).end(method === 'POST' ? body : undefined)
  })
}
