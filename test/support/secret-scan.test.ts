import t from 'tap'
import { newSecret } from '../../lib/secrets.ts'
import { noteSecret, requireNoSecret, startSecretScan } from './secret-scan.ts'
import { captureLog } from './service-log.ts'

const globals = () => [globalThis.fetch, process.stderr.write] as unknown[]

t.test('a log line with a secret that a test noted fails that test', async (t) => {
  startSecretScan(t)
  const verifier = noteSecret('a code_verifier', newSecret())
  process.stderr.write(`{"level":20,"msg":"exchanging ${verifier}"}\n`)
  t.throws(() => requireNoSecret(), /A secret was written down/)
})

t.test('whatever looks like a token of this service fails the test', async (t) => {
  t.throws(
    () => requireNoSecret(`{"details":{"token":"${newSecret('kga_')}"}}`),
    /A secret was written down/
  )
  t.doesNotThrow(() => requireNoSecret('{"path":"/mcp","key":"kagura_abcdefghi"}'))
})

t.test('scans that overlap see each line once, and the last one restores fetch', async (t) => {
  const before = globals()
  await t.test('two scans', async (t) => {
    startSecretScan(t)
    const lines = captureLog(t)
    startSecretScan(t)
    t.ok(globals().every((value, index) => value !== before[index]))
    process.stderr.write('{"level":20,"msg":"a line"}\n')
    t.same(lines, ['{"level":20,"msg":"a line"}\n'])
  })
  t.ok(globals().every((value, index) => value === before[index]))
})
