import { readFileSync } from 'node:fs'
import { Pool } from 'undici'

const AT_ONCE = 16
/** Of /proc: hundredths of a second. */
const TICKS = 100

export interface Target { port: number, pid: number, path: string, headers?: (index: number) => Record<string, string>, body: (index: number) => string, expected: number }
export interface Measured { perSecond: number, cpuMs: number }

/** Sends so many requests, sixteen at a time, and throws when one is not answered as expected. CPU: that of the server process, per request. */
export async function measure ({ port, pid, path, headers = () => ({}), body, expected }: Target, from: number, count: number): Promise<Measured> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: AT_ONCE })
  let next = from
  const cpu = cpuOf(pid)
  const began = performance.now()
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < from + count) {
      const index = next++
      const answer = await pool.request({ method: 'POST', path, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers(index) }, body: body(index) })
      const text = await answer.body.text()
      if (answer.statusCode !== expected) throw new Error(`${path} answered ${answer.statusCode}: ${text.slice(0, 300)}`)
    }
  }))
  const seconds = (performance.now() - began) / 1000
  const spent = cpuOf(pid) - cpu
  await pool.destroy()
  return { perSecond: count / seconds, cpuMs: spent / count }
}

/** CPU time that a process has used, in milliseconds. */
function cpuOf (pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS
}

export function median (values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
