import { setImmediate as soon } from 'node:timers/promises'
import t from 'tap'
import { CallQueue } from '../../plugins/tool-calls/call-queue.ts'

const endless = () => new AbortController().signal

function work() {
  const begun: Array<() => void> = []
  return {
    begun,
    begin: () =>
      new Promise<void>((resolve) => {
        begun.push(resolve)
      })
  }
}

t.test(
  'twenty calls of a user run at once, the others wait in order, and no other user waits',
  async (t) => {
    const callQueue = new CallQueue()
    const { begun, begin } = work()
    const all = Array.from({ length: 50 }, () => callQueue.run('ada', endless(), {}, begin))
    await soon()
    t.equal(begun.length, 20)
    t.equal(await callQueue.run('bob', endless(), {}, async () => 'at once'), 'at once')
    for (let ended = 0; ended < 50; ended++) {
      begun[ended]!()
      await soon()
      t.equal(begun.length, Math.min(50, 21 + ended))
    }
    await Promise.all(all)
    t.equal(await callQueue.run('ada', endless(), {}, async () => 'again'), 'again')
  }
)

t.test(
  'a failed call frees its place, an aborted one never begins, and a queue has a limit',
  async (t) => {
    const callQueue = new CallQueue()
    const { begun, begin } = work()
    const failing = callQueue.run('ada', endless(), {}, async () => {
      await begin()
      throw new Error('failed')
    })
    const running = Array.from({ length: 19 }, () => callQueue.run('ada', endless(), {}, begin))
    const leaving = new AbortController()
    const left = callQueue.run('ada', leaving.signal, {}, async () => t.fail('it was begun'))
    const next = callQueue.run('ada', endless(), {}, async () => 'next')
    leaving.abort()
    await t.rejects(left, { message: 'the call ended before its turn' })
    begun[0]!()
    await t.rejects(failing, { message: 'failed' })
    t.equal(await next, 'next')
    running.push(callQueue.run('ada', endless(), {}, begin))
    const waiting = Array.from({ length: 2000 }, () =>
      callQueue.run('ada', endless(), {}, async () => {})
    )
    await t.rejects(callQueue.run('ada', endless(), {}, begin), {
      message: /2000 of your calls wait already/
    })
    for (const end of begun) end()
    await Promise.all([...running, ...waiting])
  }
)

t.test(
  'waiting calls keep at most 64 MiB of arguments, and calls that began do not count',
  async (t) => {
    const callQueue = new CallQueue()
    const { begun, begin } = work()
    const running = Array.from({ length: 20 }, () => callQueue.run('ada', endless(), {}, begin))
    const large = { value: 'x'.repeat(1024 * 1024) }
    const waiting = Array.from({ length: 63 }, () =>
      callQueue.run('ada', endless(), large, async ({ value }) => value.length)
    )
    await t.rejects(
      callQueue.run('ada', endless(), large, async () => {}),
      { message: /63 of your calls wait already/ }
    )
    const small = callQueue.run('ada', endless(), {}, async () => 'small')
    for (const end of begun) end()
    t.same(new Set(await Promise.all(waiting)), new Set([1024 * 1024]))
    await Promise.all([...running, small])
    t.equal(await callQueue.run('ada', endless(), large, async () => 'again'), 'again')
  }
)
