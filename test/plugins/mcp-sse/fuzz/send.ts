import { Agent, type IncomingMessage, request as open } from 'node:http'
import { type FuzzAnswer, faultOfAnswer } from './answers.ts'
import { type FuzzRequest, fuzzRequest } from './requests.ts'
import { HANG_MS, type SeedRange } from './seeds.ts'

const CONNECTIONS = 16
const SHOWN = 600

/** Sends the request, and reads its answer; of a stream that stays open only the first event. */
async function exchange(
  url: string,
  { verb, path, headers, body }: FuzzRequest,
  agent: Agent
): Promise<FuzzAnswer> {
  const sent = open(url + path, {
    method: verb,
    agent,
    headers: { ...headers, 'content-length': body.length },
    timeout: HANG_MS
  })
  let isComplete = false
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve).once('error', reject)
      sent.once('timeout', () => reject(new Error('no answer')))
      sent.end(body)
    })
    const contentType = answer.headers['content-type'] ?? ''
    let text = ''
    for await (const chunk of answer.setEncoding('utf8')) {
      text += String(chunk)
      if (/^data: (?:\/|.*subscriptions\/acknowledged)/m.test(text)) break
    }
    isComplete = answer.complete
    return { status: answer.statusCode!, contentType, text }
  } finally {
    if (!isComplete) sent.destroy()
  }
}

/**
 * Sends so many requests, each made from its own seed, and returns what is wrong with the answers,
 * with the seeds. Throws nothing.
 */
export async function fuzzRequests(
  url: string,
  credential: string,
  { first, count }: SeedRange
): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const faults: string[] = []
  let next = first
  const work = async () => {
    while (next < first + count) {
      const seed = next++
      const request = fuzzRequest(seed, credential)
      const fault = await exchange(url, request, agent).then(
        (answer) => describe(faultOfAnswer(request, answer), answer),
        (error: unknown) => String(error)
      )
      if (fault !== undefined) faults.push(`seed ${seed}: ${fault}\n${summaryOf(request)}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  agent.destroy()
  return faults
}

function describe(fault: string | undefined, { status, text }: FuzzAnswer): string | undefined {
  return fault === undefined ? undefined : `${fault}: ${status} ${text.slice(0, SHOWN)}`
}

function summaryOf({ verb, path, headers, body }: FuzzRequest): string {
  const { authorization: _hidden, ...rest } = headers
  const shownBody = body.toString().slice(0, SHOWN)
  return `${verb} ${path} ${JSON.stringify(rest).slice(0, SHOWN)}\n${shownBody}`
}
