import t from 'tap'
import { fuseRankings } from '../../../../domain/memory/search/fusion.ts'
import type { RankedMemory } from '../../../../domain/memory/search/ranking.ts'

function list(...scores: Array<[memoryNo: number, score: number]>): RankedMemory[] {
  return scores.map(([memoryNo, score]) => ({ memory_no: memoryNo, score, arms: ['words'] }))
}

/** Returns ten memories, numbered from `first`, whose scores fall from 1 to `last`. */
function falling(first: number, last: number): RankedMemory[] {
  return list(
    ...Array.from({ length: 10 }, (_, i): [number, number] => [first + i, 1 - ((1 - last) * i) / 9])
  )
}

const numbers = (ranked: RankedMemory[]) => ranked.map(({ memory_no: memoryNo }) => memoryNo)

t.test('what both arms have comes first, and what only one has is not lost', async (t) => {
  t.same(
    numbers(fuseRankings(list([1, 8], [2, 7.9], [3, 7.8]), list([4, 0.5], [3, 0.45]))),
    [3, 1, 2, 4]
  )
  t.same(numbers(fuseRankings(list([1, 2], [2, 1]), [])), [1, 2])
  t.same(numbers(fuseRankings([], list([1, 2], [2, 1]))), [1, 2])
  t.same(fuseRankings([], []), [])
})

t.test('scores are between 0 and 1, whatever the arms count in', async (t) => {
  t.equal(fuseRankings(list([7, 31.5]), list([7, 0.01]))[0]!.score, 1)
  for (const { score } of fuseRankings(list([1, 900], [2, 1]), list([3, 1e-6]))) {
    t.ok(score > 0 && score < 1, String(score))
  }
})

t.test(
  'words weigh most, and the arm whose first places stand out weighs more than it else would',
  async (t) => {
    const meaningFirst = (words: RankedMemory[], meaning: RankedMemory[]) =>
      fuseRankings(words, meaning).find(({ memory_no: no }) => no === 101)!.score
    t.equal(meaningFirst(falling(1, 0.5), falling(101, 0.5)), 0.2)
    t.ok(meaningFirst(falling(1, 0.9), falling(101, 0.5)) > 0.3)
    t.ok(meaningFirst(falling(1, 0.5), falling(101, 0.9)) < 0.1)
    t.equal(
      meaningFirst(falling(1, 1), falling(101, 1)),
      0.2,
      'arms that say nothing share as usual'
    )
    t.ok(meaningFirst(falling(1, 0.99), falling(101, 0)) <= 0.4, 'meaning never outweighs words')
  }
)

t.test('meaning decides where the words found are nothing but stop words', async (t) => {
  const words = list([1, 3], [2, 2])
  const meaning = list([3, 0.4], [1, 0.1])
  t.same(numbers(fuseRankings(words, meaning, true)), [1, 2, 3])
  t.same(numbers(fuseRankings(words, meaning, false)), [3, 1, 2])
})
