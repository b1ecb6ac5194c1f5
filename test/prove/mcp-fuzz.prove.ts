import t from 'tap'
import { checkFuzz } from '../plugins/mcp-sse/fuzz/check.ts'

t.setTimeout(30 * 60_000)

t.test('50000 odd requests of both eras are answered or refused, each by its id', (t) =>
  checkFuzz(t, 50_000)
)
