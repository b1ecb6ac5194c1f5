import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { program } from './servers.ts'
import type { Load, Target, Workload } from './target.ts'

/** `rate`: answers a second; `cpu`: milliseconds of the server process, user and system, for one answer. */
export interface Round { rate: number, cpu: number }

/** /proc counts in hundredths of a second on every Linux there is. */
const TICK_MS = 10

/** One round of a workload from a process of its own. Throws when an answer was not the expected one. */
export async function measure (node: string, target: Target, workload: Workload, count: number, round: number): Promise<Round> {
  const load = target.loads[workload]!
  const bodies = load.bodies?.slice(round * count, (round + 1) * count)
  const before = cpuMs(target.pid)
  const said = JSON.parse(execFileSync(node, [program('load.js')], { input: JSON.stringify({ ...load, bodies, count } satisfies Load), encoding: 'utf8', maxBuffer: 2 ** 26 })) as { seconds: number, wrong: string, chain?: string[] }
  if (said.wrong !== '') throw new Error(`${target.name}, ${workload}: ${said.wrong}`)
  if (load.chain) load.chain = said.chain
  return { rate: count / said.seconds, cpu: (cpuMs(target.pid) - before) / count }
}

function cpuMs (pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

export function median (values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
