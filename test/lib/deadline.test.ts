import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { withDeadline } from '../../lib/deadline.ts'
import { collectGarbage } from '../support/garbage.ts'

const aborted = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason))
  })

t.test(
  'a deadline ends the work after a garbage collection, with other signals and when nested',
  async (t) => {
    const controller = new AbortController()
    const waits = [
      withDeadline(200, [], aborted),
      withDeadline(200, [controller.signal, undefined], aborted),
      withDeadline(10_000, [], (outer) => withDeadline(200, [outer], aborted)),
      withDeadline(200, [], (outer) => withDeadline(10_000, [outer], aborted))
    ]
    for (let time = 0; time < 5; time++) await collectGarbage()
    const patience = new AbortController()
    const reasons = await Promise.race([Promise.all(waits), sleep(5000, [], patience)])
    patience.abort()
    t.match(
      reasons,
      Array.from(waits, () => ({ name: 'TimeoutError' }))
    )
    t.equal(reasons.length, waits.length)
  }
)

t.test('another signal ends it with its own reason, also when it was aborted before', async (t) => {
  const controller = new AbortController()
  const waiting = withDeadline(10_000, [new AbortController().signal, controller.signal], aborted)
  controller.abort('gone')
  t.equal(await waiting, 'gone')
  t.equal(
    await withDeadline(
      10_000,
      [controller.signal],
      async ({ aborted, reason }) => aborted && reason
    ),
    'gone'
  )
})

t.test('the answer or the error of the work is its own, and nothing is kept of it', async (t) => {
  const controller = new AbortController()
  let limit: AbortSignal | undefined
  t.equal(
    await withDeadline(50, [controller.signal], async (signal) => {
      limit = signal
      return 7
    }),
    7
  )
  await t.rejects(
    withDeadline(50, [controller.signal], async () => {
      throw new Error('the work failed')
    }),
    /the work failed/
  )
  await sleep(100)
  t.equal(getEventListeners(controller.signal, 'abort').length, 0)
  t.notOk(limit!.aborted)
})
