import type { Test } from 'tap'
import { runService } from '../../../support/running.ts'
import { captureLog } from '../../../support/service-log.ts'
import { postModern } from '../../../support/modern-client.ts'
import { initialize, post } from '../../../support/mcp-client.ts'
import { fuzzBytes } from './bytes.ts'
import { fuzzRequests } from './send.ts'
import { fuzzStream } from './stream.ts'

/** The faults that are shown: one mistake makes many of them. */
const MAX_SHOWN = 10

/**
 * Sends so many odd requests of both eras, a tenth as many on a stream of 2024-11-05, and a tenth
 * as many as damaged bytes. Then the service answers as ever, and has logged no error. FUZZ_FIRST
 * is the first seed, so that a fault can be repeated alone.
 */
export async function checkFuzz(t: Test, count: number): Promise<void> {
  const log = captureLog(t)
  const running = await runService(t)
  const { url } = running
  const { key } = await running.key(await running.person())
  const first = Number(process.env['FUZZ_FIRST'] ?? 1)
  const faults = await fuzzRequests(url, key, { first, count })
  const few = { first, count: Math.ceil(count / 10) }
  faults.push(...(await fuzzStream(url, key, few)), ...(await fuzzBytes(url, key, few)))
  t.equal(faults.slice(0, MAX_SHOWN).join('\n\n'), '')
  const modern = await postModern(`${url}/mcp`, key, { method: 'server/discover' })
  t.equal(modern.status, 200)
  t.equal((await post(`${url}/mcp`, key, initialize)).status, 200)
  t.same(log.filter((line) => /"level":[56]0/.test(line)).slice(0, MAX_SHOWN), [])
}
