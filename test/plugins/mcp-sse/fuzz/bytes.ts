import { connect } from 'node:net'
import { damaged, Dice } from './dice.ts'
import { type FuzzRequest, fuzzRequest } from './requests.ts'
import { HANG_MS, type SeedRange } from './seeds.ts'

const CONNECTIONS = 8

function bytesOf({ verb, path, headers, body }: FuzzRequest): Buffer {
  const lines = Object.entries({ host: 'localhost', ...headers, 'content-length': body.length })
    .flatMap(([name, value]) => [value].flat().map((item) => `${name}: ${item}\r\n`))
    .join('')
  return Buffer.concat([Buffer.from(`${verb} ${path} HTTP/1.1\r\n${lines}\r\n`, 'latin1'), body])
}

/**
 * Sends bytes that are no longer quite HTTP, and leaves the rest of the connection open for the
 * answer. Returns what is wrong with it: a status of 500, or neither an answer nor an end.
 */
async function sendBytes(url: string, bytes: Buffer): Promise<string | undefined> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (text.includes('text/event-stream')) socket.destroy()
  })
  socket.on('error', () => {}) // a reset is an end, too
  let isHanging = false
  socket.setTimeout(HANG_MS, () => {
    isHanging = true
    socket.destroy()
  })
  socket.end(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  if (isHanging) return 'no answer'
  return /^HTTP\/1\.1 5/.test(text) ? text : undefined
}

/** Damages whole requests, head and body, and returns what is wrong with what came back. */
export async function fuzzBytes(
  url: string,
  credential: string,
  { first, count }: SeedRange
): Promise<string[]> {
  const faults: string[] = []
  let next = first
  const work = async () => {
    while (next < first + count) {
      const seed = next++
      const dice = new Dice(seed)
      let bytes = bytesOf(fuzzRequest(seed, credential))
      for (let times = dice.below(4); times >= 0; times--) bytes = damaged(dice, bytes)
      const fault = await sendBytes(url, bytes)
      if (fault !== undefined) faults.push(`bytes of seed ${seed}: ${fault}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  return faults
}
