import t from 'tap'
import { newSecret } from '../../lib/secrets.ts'

t.test('no secret is issued twice, and each has 43 characters that need no escaping', async (t) => {
  const made = Array.from({ length: 2000 }, () => newSecret('kgx_'))
  t.equal(new Set(made).size, made.length)
  t.same(
    made.filter((secret) => !/^kgx_[\w-]{43}$/.test(secret)),
    []
  )
})
