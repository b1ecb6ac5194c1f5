import t from 'tap'
import { newSecret, randomFromStock } from '../../lib/secrets.ts'

t.test('no secret is issued twice, and each has 43 characters that need no escaping', async (t) => {
  const made = Array.from({ length: 2000 }, () => newSecret('kgx_'))
  t.equal(new Set(made).size, made.length)
  t.same(
    made.filter((secret) => !/^kgx_[\w-]{43}$/.test(secret)),
    []
  )
})

t.test(
  'bytes from the stock are issued once, in any number up to the size of the stock',
  async (t) => {
    const drawn = Array.from({ length: 500 }, (_, i) => randomFromStock(12 + (i % 21)))
    const before = drawn.map((bytes) => bytes.toString('hex'))
    drawn[0]!.fill(0)
    t.same(
      drawn.slice(1).map((bytes) => bytes.toString('hex')),
      before.slice(1)
    )
    t.same(
      drawn.map(({ length }) => length),
      Array.from(drawn, (_, i) => 12 + (i % 21))
    )
    t.equal(new Set(before).size, before.length)
    const whole = randomFromStock(4096)
    t.ok(new Set(whole).size > 200, 'all of it is random')
    t.throws(() => randomFromStock(4097), RangeError)
  }
)
