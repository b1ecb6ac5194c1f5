import t from 'tap'
import { checkFuzz } from './fuzz/check.ts'

t.test('1500 odd requests of both eras are answered or refused, each by its id', (t) =>
  checkFuzz(t, 1500)
)
