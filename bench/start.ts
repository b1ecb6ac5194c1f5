import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROUNDS = 3
const LIMITS = { first: 10, again: 3 }
const server = fileURLToPath(new URL(`../server${extname(import.meta.url)}`, import.meta.url))

/**
 * Seconds from the start of the process to its first answer, on an empty data directory and again
 * on the same; and its memory in MB.
 */
export async function start(): Promise<void> {
  const rows: Array<Awaited<ReturnType<typeof round>>> = []
  for (let at = 0; at < ROUNDS; at++) rows.push(await round())
  const median = (values: number[]) =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
  const [first, again, rss] = [
    median(rows.map((row) => row.first)),
    median(rows.map((row) => row.again)),
    median(rows.map((row) => row.rss))
  ]
  console.log(`medians of ${ROUNDS} rounds, embedded database, Node.js ${process.version}`)
  console.log(
    `first start  ${first.toFixed(1)} s  ` +
      `(${(first / LIMITS.first).toFixed(2)} of the limit of ${LIMITS.first} s)`
  )
  console.log(
    `restart      ${again.toFixed(1)} s  ` +
      `(${(again / LIMITS.again).toFixed(2)} of the limit of ${LIMITS.again} s)`
  )
  console.log(`memory       ${rss.toFixed(0)} MB resident after a restart`)
}

async function round(): Promise<{ first: number; again: number; rss: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'kagura-bench-'))
  try {
    const first = await startOnce(join(directory, 'data'))
    const again = await startOnce(join(directory, 'data'))
    return { first: first.seconds, again: again.seconds, rss: again.rss }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function startOnce(data: string): Promise<{ seconds: number; rss: number }> {
  const began = performance.now()
  const child = spawn(process.execPath, [server], {
    env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: data, LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let text = ''
  for await (const chunk of child.stdout) {
    text += String(chunk)
    if (/listening on \S+\n/.test(text)) break
  }
  const url = /listening on (\S+)/.exec(text)![1]!
  await (await fetch(`${url}/ready`)).text()
  const seconds = (performance.now() - began) / 1000
  const rss =
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) /
    1024
  child.kill()
  await once(child, 'exit')
  return { seconds, rss }
}
