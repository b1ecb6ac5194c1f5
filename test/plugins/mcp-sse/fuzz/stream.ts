import { setTimeout as sleep } from 'node:timers/promises'
import { post } from '../../../support/mcp-client.ts'
import { openStream } from '../stream-client.ts'
import { isRequest, isUnread } from './answers.ts'
import { Dice } from './dice.ts'
import { fuzzMessage } from './requests.ts'
import { HANG_MS, type SeedRange } from './seeds.ts'

const CONNECTIONS = 8

/**
 * Posts messages to one stream of 2024-11-05, and returns what is wrong: a status, or a request
 * that was accepted and has no answer on the stream, or more than one.
 */
export async function fuzzStream(
  url: string,
  credential: string,
  { first, count }: SeedRange
): Promise<string[]> {
  const stream = await openStream(url, credential)
  const faults: string[] = []
  const pendingIds = new Set<string>()
  let next = first
  const work = async () => {
    while (next < first + count) {
      const seed = next++
      const id = `stream ${seed}`
      const message = fuzzMessage(new Dice(seed), false)
      const body = 'id' in message ? { ...message, id } : message
      if (isRequest(body)) pendingIds.add(id)
      const answer = await post(url + stream.address, credential, body)
      const text = await answer.text()
      if (answer.status === 202) continue
      pendingIds.delete(id)
      const hasId = !isRequest(body) || text.includes(`"${id}"`)
      const isGood = hasId || isUnread(answer.status, Buffer.from(JSON.stringify(body)))
      if (answer.status >= 500 || !isGood) faults.push(`${id}: ${answer.status} ${text}`)
    }
  }
  const reading = readAnswers(stream.next, (id) => {
    if (!pendingIds.delete(id)) faults.push(`${id}: an answer too many`)
  })
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  for (let waited = 0; pendingIds.size > 0 && waited < HANG_MS; waited += 20) await sleep(20)
  stream.close()
  await Promise.race([reading, stream.ended])
  return [...faults, ...[...pendingIds].map((id) => `${id}: no answer`)]
}

/** Tells the ids of the answers as they come, until the stream is left. */
async function readAnswers(
  next: () => Promise<string>,
  onAnswer: (id: string) => void
): Promise<never> {
  for (;;) {
    // U+2028 ends no line here, as `.` would have it
    const data = /^data: (\{[^\n]*)/m.exec(await next())?.[1]
    const message = data === undefined ? {} : (JSON.parse(data) as { id?: string })
    if (message.id !== undefined) onAnswer(message.id)
  }
}
