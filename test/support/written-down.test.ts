// database: any
import t from 'tap'
import { newSecret } from '../../lib/secrets.ts'
import { requireNoSecret, secret } from './written-down.ts'

t.test(
  'a log line with a secret that a test was given fails that test, and so does anything that looks like a token of ours',
  async (t) => {
    const verifier = secret('a code_verifier', newSecret())
    process.stderr.write(`{"level":20,"msg":"exchanging ${verifier}"}\n`)
    t.throws(() => requireNoSecret(), /A secret was written down/)
    t.throws(
      () => requireNoSecret(`{"details":{"token":"${newSecret('kga_')}"}}`),
      /A secret was written down/
    )
    t.doesNotThrow(() => requireNoSecret('{"path":"/mcp","key":"kagura_abcdefghi"}'))
  }
)
