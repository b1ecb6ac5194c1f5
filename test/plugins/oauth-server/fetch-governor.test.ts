import t from 'tap'
import { FetchGovernor } from '../../../plugins/guarded-fetch/fetch-governor.ts'

/** A fetch that lasts until `end` is called. */
function held() {
  const ends: Array<() => void> = []
  return {
    fetch: () => new Promise<string>((resolve) => ends.push(() => resolve('fetched'))),
    end: () => {
      for (const end of ends.splice(0)) end()
    }
  }
}

t.test(
  'concurrent fetches are limited for each host and in all, and a finished fetch frees its slot',
  async (t) => {
    const governor = new FetchGovernor({ perHost: 2, atOnce: 3, perMinute: 100 })
    const { fetch, end } = held()
    const running = [governor.run('a', fetch), governor.run('a', fetch)]
    t.equal(await governor.run('a', fetch), undefined, 'a third from one host')
    running.push(governor.run('b', fetch))
    t.equal(await governor.run('c', fetch), undefined, 'a fourth in all')
    end()
    t.same(await Promise.all(running), ['fetched', 'fetched', 'fetched'])
    await t.rejects(
      governor.run('a', async () => {
        throw new Error('lost')
      }),
      { message: 'lost' }
    )
    running.push(governor.run('a', fetch), governor.run('a', fetch))
    end()
    t.equal((await Promise.all(running)).length, 5, 'a failure leaves its place too')
  }
)

t.test('fetches in a minute are limited', async (t) => {
  const governor = new FetchGovernor({ perHost: 2, atOnce: 2, perMinute: 3 })
  const answers = []
  for (const host of ['a', 'b', 'c', 'd']) answers.push(await governor.run(host, async () => host))
  t.same(answers, ['a', 'b', 'c', undefined])
})
